// Lifecycle of a release, with Helm 3 and Helm 4 in parallel, each on its own node. Each test needs the ones before it.
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';

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
import { NODE_PORTS_TIMEOUT_MS, reserveNodePorts } from './node-ports.js';

const cluster = inject('cluster');
const chart = inject('chart');
const image = inject('image');
const store = inject('store');
const kubectl = new Kubectl(cluster);
const client = clientNamespace(cluster);

/** The label of the page that specified the chart. Each release selects its node by a value of its own. */
const LABEL = 'jorgensen.org.uk/pxeboot';

/** Time limit of a wait in milliseconds; long, since the host may be busy. */
const PATIENCE = { timeout: 120_000, interval: 500 };

/** A release of one Helm. */
class Life {
  readonly node: string;
  readonly address: string;
  readonly namespace: string;
  readonly helm: HelmClient;
  readonly release: Release;

  constructor(major: 3 | 4) {
    // The first node stays free.
    this.node = `node${major - 1}`;
    this.address = nodeAddress(major - 1);
    this.namespace = `helm-${major}`;
    this.helm = new HelmClient(cluster, helmBinary(major));
    this.release = {
      name: 'pxeboot',
      namespace: this.namespace,
      chart,
      values: {
        ...labValues(image),
        nodeSelector: { [LABEL]: this.namespace },
        service: {
          annotations: { 'external-dns.alpha.kubernetes.io/hostname': 'tftp.example.com' },
        },
      },
    };
  }

  /** Returns the menu that a machine outside of the cluster gets. */
  async menu(): Promise<string> {
    const bytes = await readByTftp(client, this.address, 'pxelinux.cfg/default');
    return bytes?.toString() ?? '';
  }

  async deploy(values: object): Promise<void> {
    const merged = { ...this.release.values, ...values };
    await this.helm.deploy('upgrade', { ...this.release, values: merged });
  }
}

const LIVES = [new Life(3), new Life(4)];

/** Does something with Helm 3 and Helm 4 in parallel. */
async function withBoth(act: (life: Life) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(LIVES.map(act));
  const errors = results.flatMap((result, index) =>
    result.status === 'rejected'
      ? [new Error(`${LIVES[index]?.namespace ?? ''}: ${String(result.reason)}`)]
      : [],
  );
  if (errors.length > 0) {
    throw new AggregateError(errors, errors.join('\n'));
  }
}

let endReservation: (() => Promise<void>) | undefined;

beforeAll(async () => {
  endReservation = await reserveNodePorts(cluster);
  for (const { node, namespace } of LIVES) {
    await kubectl.output('label', 'node', node, `${LABEL}=${namespace}`);
  }
}, NODE_PORTS_TIMEOUT_MS);

afterAll(async () => {
  await kubectl.output('label', 'nodes', '--all', `${LABEL}-`);
  await endReservation?.();
});

it('installs', () => withBoth(({ helm, release }) => helm.deploy('install', release)));

it('runs one ready pod on the labelled node', () =>
  withBoth(async ({ namespace, node }) => {
    const pods = await podsOf(kubectl, namespace);
    expect(pods.map(({ spec }) => spec.nodeName)).toEqual([node]);
    expect(pods.map(isReady)).toEqual([true]);
  }));

it("publishes the node's address for external-dns", () =>
  withBoth(async ({ namespace, address }) => {
    expect(await publishedAddresses(kubectl, namespace)).toEqual([address]);
  }));

it('serves a machine outside of the cluster over TFTP and HTTP', () =>
  withBoth(async ({ address }) => {
    const { loader, initrd } = await servedFiles(store);
    const strict = await readByTftp(client, address, loader.path);
    expect(strict && sha256(strict)).toBe(loader.sha256);
    expect(await sha256OfUrl(client, `tftp://${address}/${loader.path}`)).toBe(loader.sha256);
    expect(await sha256OfUrl(client, `http://${address}:8069/${initrd.path}`)).toBe(initrd.sha256);
  }));

it('has a menu with the address that the machine used', () =>
  withBoth(async (life) => {
    expect(await life.menu()).toContain(`http://${life.address}:8069/debian/`);
  }));

it('does not answer on a node without a pod', async () => {
  await expect(ask(client, `http://${nodeAddress(1)}:8069/lpxelinux.0`)).rejects.toThrow();
  expect(await readByTftp(client, nodeAddress(1), 'lpxelinux.0', 2000)).toBeUndefined();
});

it('passes `helm test`', () =>
  withBoth(async ({ helm, namespace }) => {
    const output = await helm.output('test', 'pxeboot', '--namespace', namespace);
    expect(output).toMatch(/^Phase:\s+Succeeded$/m);
  }));

it('upgrades to other settings, in a new pod', () =>
  withBoth(async (life) => {
    const names = async () =>
      (await podsOf(kubectl, life.namespace)).map(({ metadata }) => metadata.name);
    const before = await names();
    await life.deploy({ config: { kernelArgs: 'rack=7', tftp: { maxBlockSize: 1024 } } });
    expect(await life.menu()).toContain('rack=7');
    const after = await names();
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
  }));

it('rolls back', () =>
  withBoth(async (life) => {
    await life.helm.output(
      ...['rollback', 'pxeboot', '1', '--namespace', life.namespace],
      ...['--wait', '--timeout', '4m'],
    );
    expect(await life.menu()).toMatch(/^label /im);
    expect(await life.menu()).not.toContain('rack=7');
  }));

it('changes between one pod and several, and back', async () => {
  // One after the other: there are only three nodes.
  for (const life of LIVES) {
    for (const replicaCount of [2, 1]) {
      const everywhere = replicaCount === 1 ? {} : { nodeSelector: {} };
      await life.deploy({ ...everywhere, replicaCount });
      // Helm 3 waits only for the pods that must be available during an update.
      await vi.waitFor(async () => {
        expect(await publishedAddresses(kubectl, life.namespace)).toHaveLength(replicaCount);
      }, PATIENCE);
    }
  }
});

it('uninstalls and leaves only the pod of its test, and nothing on the nodes', async () => {
  await withBoth(async ({ helm, namespace }) => {
    expect(await objectsOf(kubectl, namespace)).not.toEqual([]);
    await helm.output('uninstall', 'pxeboot', '--namespace', namespace, '--wait');
    // Its pods end after their Deployment.
    await vi.waitFor(async () => {
      // Helm does not remove hooks, and `helm test --logs` needs this one.
      expect(await objectsOf(kubectl, namespace)).toEqual(['pod/pxeboot-boot-test']);
    }, PATIENCE);
  });
  for (const number of [1, 2, 3]) {
    const sockets = await runCommand('ip', [
      ...['netns', 'exec', `${cluster.name}-node${number}`],
      ...['ss', '--no-header', '--udp', '--tcp', '--listening', '--numeric'],
      '( sport = :69 or sport = :8069 or sport = :9069 )',
    ]);
    expect(sockets).toBe('');
  }
  await kubectl.output('delete', 'namespace', ...LIVES.map(({ namespace }) => namespace));
});
