import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CHART, HELMS } from './support/chart.js';
import { type KubernetesApi, startKubernetesApi } from './support/kubernetes-api.js';

let api: KubernetesApi;

describe('notes', () => {
  beforeAll(async () => {
    api = await startKubernetesApi();
  });

  afterAll(async () => {
    await api[Symbol.asyncDispose]();
  });

  describe.each(HELMS)('helm $major: the notes', (helm) => {
    const notesOf = (values: object = {}) =>
      helm.notes(CHART, {
        values,
        arguments: ['--kube-apiserver', api.url, '--disable-openapi-validation'],
      });

    it('explain how to find the address, configure the DHCP server and check the installation', async () => {
      const notes = await notesOf();
      expect(notes).toContain('pxeboot 0.0.0 is installed as pxeboot in namespace netboot.');
      expect(notes).toContain(
        'kubectl --namespace netboot get pods --selector app.kubernetes.io/name=pxeboot,app.kubernetes.io/instance=pxeboot,app.kubernetes.io/component=server',
      );
      expect(notes).toContain('next-server ADDRESS;\n     filename "lpxelinux.0";');
      expect(notes).toContain('helm test pxeboot --namespace netboot');
      expect(notes).toContain('pod-security.kubernetes.io/enforce=privileged');
      expect(notes).toContain('A new pod may run on another node.');
      expect(notes).toContain('downloads its images again');
    });

    it.each(['external-dns.alpha.kubernetes.io/hostname', 'external-dns.kubernetes.io/hostname'])(
      'contain the DNS name of %s',
      async (annotation) => {
        const notes = await notesOf({
          service: { annotations: { [annotation]: 'tftp.example.com' } },
        });
        expect(notes).toContain('external-dns keeps tftp.example.com pointing to it.');
        expect(notes).toContain('next-server tftp.example.com;');
      },
    );

    it.each<[string, object, readonly string[], readonly string[]]>([
      [
        'hostPort',
        { network: { mode: 'hostPort' } },
        [
          'the namespace must allow host ports',
          'set config.advertise',
          'port 9069 of the pods (kubectl port-forward deployment/pxeboot 9069)',
        ],
        [],
      ],
      [
        'service',
        { network: { mode: 'service', service: { address: '192.0.2.69' } } },
        ['get service pxeboot-boot', 'next-server 192.0.2.69;'],
        ['pod-security', 'another node', 'status.hostIP'],
      ],
      [
        'service with a name',
        {
          network: {
            mode: 'service',
            service: {
              address: '192.0.2.69',
              externalTrafficPolicy: 'Cluster',
              annotations: { 'external-dns.kubernetes.io/hostname': 'boot.example.com' },
            },
          },
        },
        ['external-dns keeps boot.example.com', 'All machines have the addresses of nodes'],
        ['pod-security'],
      ],
      [
        'pod',
        { network: { mode: 'pod', pod: { networks: 'boot' } } },
        ['network-status', 'next-server ADDRESS;', 'port 9069 of the same address'],
        ['pod-security', 'another node', 'status.hostIP'],
      ],
    ])('describe network mode %s', async (_name, values, contained, absent) => {
      const notes = await notesOf(values);
      for (const text of contained) {
        expect(notes).toContain(text);
      }
      for (const text of absent) {
        expect(notes).not.toContain(text);
      }
      expect(notes).toMatch(/rollout status deployment\/pxeboot\n\n2\. /);
    });

    it('do not mention moving pods if a node is selected', async () => {
      expect(await notesOf({ nodeSelector: { a: 'b' } })).not.toContain('another node');
    });

    it('say what the admin interface answers without a token, and how to give it one', async () => {
      const notes = await notesOf();
      expect(notes).toContain(
        "Without a token, it answers other\nhosts only with health checks, metrics and the dashboard's static files;",
      );
      expect(notes).toContain('create secret generic pxeboot-admin --from-literal token=');
    });

    it('name the workload', async () => {
      expect(await notesOf()).toContain('rollout status deployment/pxeboot');
      expect(await notesOf({ kind: 'DaemonSet' })).toContain('rollout status daemonset/pxeboot');
    });

    it('end without a heading if there is nothing to note', async () => {
      const network = { mode: 'service', service: { address: '192.0.2.69' } };
      const kept = { persistence: { type: 'existingClaim', existingClaim: 'images' } };
      expect(await notesOf({ network, ...kept })).not.toContain('Notes:');
      expect(await notesOf({ network })).toMatch(/\n\nNotes:\n- Each new pod downloads/);
    });

    it.each<[string, object, string]>([
      ['hostNetwork', {}, 'the host network and host paths'],
      ['hostPort', {}, 'host ports and host paths'],
      ['service', { service: { address: '192.0.2.69' } }, 'host paths'],
      ['pod', { pod: { networks: 'boot' } }, 'host paths'],
    ])('say what a host path needs in network mode %s', async (mode, settings, allowed) => {
      const network = { mode, ...settings };
      const notes = await notesOf({ network, persistence: { type: 'hostPath' } });
      expect(notes).toContain(`the namespace must allow ${allowed}:\n`);
      expect(notes).toContain('pod-security.kubernetes.io/enforce=privileged');
    });

    it('name the Secret with the token', async () => {
      const notes = await notesOf({ admin: { existingSecret: { name: 'mine', key: 'bearer' } } });
      expect(notes).toContain("get secret mine \\\n       --output jsonpath='{.data.bearer}'");
    });

    it('explain the needs of a host path and of several pods', async () => {
      const notes = await notesOf({ replicaCount: 3, persistence: { type: 'hostPath' } });
      expect(notes).toContain('install -d -o 65532 -g 65532 /var/lib/pxeboot');
      expect(notes).toContain('No two of the 3 pods share a node');
      expect(notes).not.toContain('downloads its images again');
    });
  });
});
