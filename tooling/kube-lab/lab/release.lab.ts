// The life of a release, with each Helm: the tests of one Helm build on each other.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { ask, sha256OfUrl } from '@pxe/container-lab/clients/http';
import { readByTftp, sha256 } from '@pxe/container-lab/clients/tftp';
import { servedFiles } from '@pxe/container-lab/served-files';
import { runCommand } from '@pxe/lab-host';

import { clientNamespace, nodeAddress } from '../src/access/cluster-access.js';
import { HelmClient, type Release } from '../src/access/helm-client.js';
import { Kubectl } from '../src/access/kubectl.js';
import {
  helmBinary,
  isReady,
  labValues,
  objectsOf,
  podsOf,
  publishedAddresses,
} from './installed-chart.js';

const cluster = inject('cluster');
const chart = inject('chart');
const image = inject('image');
const store = inject('store');
const kubectl = new Kubectl(cluster);
const client = clientNamespace(cluster);

/** The label of the page that specified the chart, which the second node gets. */
const LABEL = { key: 'jorgensen.org.uk/pxeboot', value: 'allowed' };
const NODE = 'node2';
const ADDRESS = nodeAddress(2);

/** Time limit of a wait in milliseconds; long, since the host may be busy. */
const PATIENCE = { timeout: 120_000, interval: 500 };

beforeAll(async () => {
  await kubectl.output('label', 'node', NODE, `${LABEL.key}=${LABEL.value}`);
});

afterAll(async () => {
  await kubectl.output('label', 'node', NODE, `${LABEL.key}-`);
});

/** Returns the menu that a machine outside of the cluster gets. */
async function menu(): Promise<string> {
  const bytes = await readByTftp(client, ADDRESS, 'pxelinux.cfg/default');
  return bytes?.toString() ?? '';
}

describe.each([3, 4] as const)('helm %i', (major) => {
  const helm = new HelmClient(cluster, helmBinary(major));
  const namespace = `helm-${major}`;
  const release: Release = {
    name: 'pxeboot',
    namespace,
    chart,
    values: {
      ...labValues(image),
      nodeSelector: { [LABEL.key]: LABEL.value },
      service: {
        annotations: { 'external-dns.alpha.kubernetes.io/hostname': 'tftp.example.com' },
      },
    },
  };

  it('installs', async () => {
    await helm.deploy('install', release);
  });

  it('runs one ready pod on the labelled node', async () => {
    const pods = await podsOf(kubectl, namespace);
    expect(pods.map(({ spec }) => spec.nodeName)).toEqual([NODE]);
    expect(pods.map(isReady)).toEqual([true]);
  });

  it("publishes the node's address for external-dns", async () => {
    expect(await publishedAddresses(kubectl, namespace)).toEqual([ADDRESS]);
  });

  it('serves a machine outside of the cluster over TFTP and HTTP', async () => {
    const { loader, initrd } = await servedFiles(store);
    const strict = await readByTftp(client, ADDRESS, loader.path);
    expect(strict && sha256(strict)).toBe(loader.sha256);
    expect(await sha256OfUrl(client, `tftp://${ADDRESS}/${loader.path}`)).toBe(loader.sha256);
    expect(await sha256OfUrl(client, `http://${ADDRESS}:8069/${initrd.path}`)).toBe(initrd.sha256);
  });

  it('has a menu with the address that the machine used', async () => {
    expect(await menu()).toContain(`http://${ADDRESS}:8069/debian/`);
  });

  it('answers on no node without a pod', async () => {
    await expect(ask(client, `http://${nodeAddress(1)}:8069/lpxelinux.0`)).rejects.toThrow();
    expect(await readByTftp(client, nodeAddress(3), 'lpxelinux.0', 2000)).toBeUndefined();
  });

  it('passes `helm test`', async () => {
    const output = await helm.output('test', 'pxeboot', '--namespace', namespace);
    expect(output).toMatch(/^Phase:\s+Succeeded$/m);
  });

  it('upgrades to other settings, in a new pod', async () => {
    const names = async () =>
      (await podsOf(kubectl, namespace)).map(({ metadata }) => metadata.name);
    const before = await names();
    const config = { kernelArgs: 'rack=7', tftp: { maxBlockSize: 1024 } };
    await helm.deploy('upgrade', { ...release, values: { ...release.values, config } });
    expect(await menu()).toContain('rack=7');
    const after = await names();
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
  });

  it('rolls back', async () => {
    await helm.output(
      ...['rollback', 'pxeboot', '1', '--namespace', namespace, '--wait', '--timeout', '4m'],
    );
    expect(await menu()).toMatch(/^label /im);
    expect(await menu()).not.toContain('rack=7');
  });

  it('changes between one pod and several, and back', async () => {
    for (const replicaCount of [2, 1]) {
      const values = { ...release.values, nodeSelector: {}, replicaCount };
      await helm.deploy('upgrade', { ...release, values });
      // Helm 3 waits only for the pods that must be available during an update.
      await vi.waitFor(async () => {
        expect(await publishedAddresses(kubectl, namespace)).toHaveLength(replicaCount);
      }, PATIENCE);
    }
  });

  it('uninstalls and leaves only the pod of its test, and nothing on the nodes', async () => {
    expect(await objectsOf(kubectl, namespace)).not.toEqual([]);
    await helm.output('uninstall', 'pxeboot', '--namespace', namespace, '--wait');
    // Its pods end after their Deployment.
    await vi.waitFor(async () => {
      // Helm does not remove hooks, and `helm test --logs` needs this one.
      expect(await objectsOf(kubectl, namespace)).toEqual(['pod/pxeboot-boot-test']);
    }, PATIENCE);
    for (const number of [1, 2, 3]) {
      const sockets = await runCommand('ip', [
        ...['netns', 'exec', `${cluster.name}-node${number}`],
        ...['ss', '--no-header', '--udp', '--tcp', '--listening', '--numeric'],
        '( sport = :69 or sport = :8069 or sport = :9069 )',
      ]);
      expect(sockets).toBe('');
    }
    await kubectl.output('delete', 'namespace', namespace);
  });
});
