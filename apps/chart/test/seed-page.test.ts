// The chart was specified by a page with these values and commands, which still work.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { CHART, chartFile, HELMS } from './support/chart.js';
import { theOnly } from './support/kinds.js';

const EXTERNAL_DNS = `
service:
  annotations:
    external-dns.alpha.kubernetes.io/hostname: tftp.example.com
`;

const NODE_LABEL = 'jorgensen.org.uk/pxeboot=allowed';
const NODE_SELECTOR = `
nodeSelector:
  "jorgensen.org.uk/pxeboot": "allowed"
`;

describe('seed page', () => {
  describe.each(HELMS)('helm $major', (helm) => {
    const render = (yaml: string) => helm.render(CHART, { values: parse(yaml) as object });

    it('external-dns keeps the name pointing to the nodes that run the pods', async () => {
      const manifests = await render(`replicaCount: 2\n${EXTERNAL_DNS}`);
      const service = theOnly(manifests, 'Service');
      expect(service.metadata!.annotations).toEqual({
        'external-dns.alpha.kubernetes.io/hostname': 'tftp.example.com',
      });
      // external-dns publishes the addresses behind a headless Service: those of its ready pods, which on the
      // host network are their nodes' addresses.
      const { spec } = theOnly(manifests, 'Deployment');
      expect(service.spec!.clusterIP).toBe('None');
      expect(service.spec!.publishNotReadyAddresses ?? false).toBe(false);
      expect(spec!.template.metadata!.labels).toMatchObject(service.spec!.selector!);
      expect(spec!.template.spec!.hostNetwork).toBe(true);
    });

    it('the node selector selects the node labelled by kubectl', async () => {
      const [key, value] = NODE_LABEL.split('=') as [string, string];
      const { spec } = theOnly(await render(NODE_SELECTOR), 'Deployment');
      expect(spec!.template.spec!.nodeSelector).toEqual({ [key]: value });
    });

    it('replicaCount runs several pods, and no two on a node', async () => {
      const { spec } = theOnly(await render('replicaCount: 3'), 'Deployment');
      expect(spec!.replicas).toBe(3);
      const pod = spec!.template.spec!;
      expect(pod.hostNetwork).toBe(true);
      expect(pod.containers[0]!.ports).toContainEqual({
        name: 'tftp',
        containerPort: 69,
        protocol: 'UDP',
      });
    });
  });

  it('the notes contain the two lines for the DHCP server', () => {
    expect(chartFile('templates/NOTES.txt')).toMatch(
      /^ *next-server .*;\n *filename "lpxelinux.0";$/m,
    );
  });

  it('the README contains both blocks', () => {
    const readme = chartFile('README.md').replaceAll("'", '"');
    expect(readme).toContain(EXTERNAL_DNS.trim());
    expect(readme).toContain(NODE_SELECTOR.trim());
    expect(readme).toContain(`kubectl label node somenode.example.com ${NODE_LABEL}`);
  });
});
