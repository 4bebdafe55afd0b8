// Several pods on several nodes: the tests build on each other.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { startSlowTftp } from '@pxe/container-lab/clients/slow-downloads';
import { readByTftp, sha256 } from '@pxe/container-lab/clients/tftp';
import { servedFiles } from '@pxe/container-lab/served-files';

import { clientNamespace, nodeAddress } from '../src/access/cluster-access.js';
import { HelmClient, type Release } from '../src/access/helm-client.js';
import { Kubectl } from '../src/access/kubectl.js';
import { helmBinary, labValues, podsOf, publishedAddresses } from './installed-chart.js';
import { NODE_PORTS_TIMEOUT_MS, reserveNodePorts } from './node-ports.js';

const cluster = inject('cluster');
const kubectl = new Kubectl(cluster);
const client = clientNamespace(cluster);
const store = inject('store');
const helm = new HelmClient(cluster, helmBinary(4));

const NAMESPACE = 'nodes';
const NODES = ['node1', 'node2', 'node3'];
const ADDRESSES = [1, 2, 3].map(nodeAddress);

/** Time limit of a wait in milliseconds; long, since the host may be busy. */
const PATIENCE = { timeout: 120_000, interval: 500 };

const release = (values: object): Release => ({
  name: 'pxeboot',
  namespace: NAMESPACE,
  chart: inject('chart'),
  values: { ...labValues(inject('image')), ...values },
});

const nodesWithPods = async (): Promise<readonly string[]> =>
  (await podsOf(kubectl, NAMESPACE)).map(({ spec }) => spec.nodeName ?? '').sort();

let endReservation: (() => Promise<void>) | undefined;

beforeAll(async () => {
  endReservation = await reserveNodePorts(cluster);
}, NODE_PORTS_TIMEOUT_MS);

afterAll(() => endReservation?.());

describe('three pods', () => {
  beforeAll(async () => {
    await helm.deploy('install', release({ replicaCount: 3 }));
  });

  afterAll(async () => {
    await helm.output('uninstall', 'pxeboot', '--namespace', NAMESPACE, '--wait');
    await kubectl.output('delete', 'namespace', NAMESPACE);
  });

  it('are on different nodes, each with its own address', async () => {
    expect(await nodesWithPods()).toEqual(NODES);
    expect(await publishedAddresses(kubectl, NAMESPACE)).toEqual(ADDRESSES);
  });

  it('all serve', async () => {
    const { loader } = await servedFiles(store);
    for (const address of ADDRESSES) {
      const bytes = await readByTftp(client, address, loader.path);
      expect(bytes && sha256(bytes)).toBe(loader.sha256);
    }
  });

  it('pass `helm test`, which asks each of them', async () => {
    const output = await helm.output('test', 'pxeboot', '--namespace', NAMESPACE);
    expect(output).toMatch(/^Phase:\s+Succeeded$/m);
  });

  it('leave no room for a fourth', async () => {
    await helm.deploy('upgrade', release({ replicaCount: 4 }), { wait: false });
    await vi.waitFor(async () => {
      const pods = await podsOf(kubectl, NAMESPACE);
      const conditions = pods.flatMap(({ status }) => status.conditions ?? []);
      expect(conditions).toContainEqual(
        expect.objectContaining({ type: 'PodScheduled', reason: 'Unschedulable' }),
      );
    }, PATIENCE);
    expect(await publishedAddresses(kubectl, NAMESPACE)).toEqual(ADDRESSES);
  });

  it('can be scaled down to two, which leaves a spare node', async () => {
    await helm.deploy('upgrade', release({ replicaCount: 2 }));
    await vi.waitFor(async () => {
      expect(await nodesWithPods()).toHaveLength(2);
    }, PATIENCE);
  });

  it('finish a running transfer while their node is drained, and move to the spare node', async () => {
    const [drained = '', other = ''] = await nodesWithPods();
    const spare = NODES.find((node) => node !== drained && node !== other) ?? '';
    const addressOf = (node: string): string => nodeAddress(NODES.indexOf(node) + 1);
    const { loader } = await servedFiles(store);
    // About 25 seconds, so that it outlasts the start of the drain on a busy host.
    const transfer = await startSlowTftp(client, addressOf(drained), loader.path, 150);
    let isTransferring = true;
    const received = transfer.sha256.finally(() => {
      isTransferring = false;
    });
    try {
      const drain = kubectl.output(
        ...['drain', drained, '--delete-emptydir-data', '--ignore-daemonsets', '--timeout=120s'],
      );
      const stopping = vi.waitFor(async () => {
        const pods = await podsOf(kubectl, NAMESPACE);
        const pod = pods.find(({ spec }) => spec.nodeName === drained);
        expect(pod?.metadata.deletionTimestamp).toBeDefined();
        return { isTransferring };
      }, PATIENCE);
      const [atStop] = await Promise.all([stopping, drain]);
      expect(atStop).toEqual({ isTransferring: true });
      expect(await received).toBe(loader.sha256);
      await vi.waitFor(async () => {
        expect(await nodesWithPods()).toEqual([other, spare].sort());
        const expected = [other, spare].map(addressOf).sort();
        expect(await publishedAddresses(kubectl, NAMESPACE)).toEqual(expected);
      }, PATIENCE);
    } finally {
      await kubectl.output('uncordon', drained);
    }
  });
});

describe('a DaemonSet', () => {
  const label = 'jorgensen.org.uk/pxeboot';

  beforeAll(async () => {
    await kubectl.output('label', 'nodes', 'node1', 'node3', `${label}=allowed`);
    const values = { kind: 'DaemonSet', nodeSelector: { [label]: 'allowed' } };
    await helm.deploy('install', release(values));
  });

  afterAll(async () => {
    await helm.output('uninstall', 'pxeboot', '--namespace', NAMESPACE, '--wait');
    await kubectl.output('label', 'nodes', '--all', `${label}-`);
  });

  it('has a ready pod on each labelled node', async () => {
    expect(await nodesWithPods()).toEqual(['node1', 'node3']);
    const expected = [1, 3].map(nodeAddress);
    expect(await publishedAddresses(kubectl, NAMESPACE)).toEqual(expected);
  });

  it('follows the label', async () => {
    await kubectl.output('label', 'node', 'node2', `${label}=allowed`);
    await kubectl.output('label', 'node', 'node1', `${label}-`);
    const expected = [2, 3].map(nodeAddress);
    await vi.waitFor(async () => {
      expect(await publishedAddresses(kubectl, NAMESPACE)).toEqual(expected);
    }, PATIENCE);
  });
});
