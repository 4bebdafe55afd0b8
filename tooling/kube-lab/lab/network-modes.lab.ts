// The network modes without the host's network, from installation to boot files for machines outside of the cluster.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { parse } from 'yaml';

import { ask, sha256OfUrl } from '@pxe/container-lab/clients/http';
import { readByTftp, sha256 } from '@pxe/container-lab/clients/tftp';
import { type ServedFiles, servedFiles } from '@pxe/container-lab/served-files';

import { type Service } from '../src/access/api-objects.js';
import {
  clientNamespace,
  CLUSTER_NETWORK,
  MACHINE_NETWORK,
  nodeAddress,
} from '../src/access/cluster-access.js';
import { HelmClient } from '../src/access/helm-client.js';
import { Kubectl } from '../src/access/kubectl.js';
import { hashOf, load } from './boot-client.js';
import { customResource } from './custom-resource.js';
import { helmBinary, labValues, podsOf, publishedAddresses } from './installed-chart.js';
import { NODE_PORTS_TIMEOUT_MS, reserveNodePorts } from './node-ports.js';

const cluster = inject('cluster');
const root = inject('root');
const store = inject('store');
const kubectl = new Kubectl(cluster);
const client = clientNamespace(cluster);
const helm = new HelmClient(cluster, helmBinary(4));

/** Time limit of a wait in milliseconds; long, since the host may be busy. */
const PATIENCE = { timeout: 120_000, interval: 500 };

let files: ServedFiles;

beforeAll(async () => {
  files = await servedFiles(store);
});

async function deploy(
  command: 'install' | 'upgrade',
  namespace: string,
  values: object,
  { wait = true } = {},
): Promise<void> {
  const merged = { ...labValues(inject('image')), ...values };
  const release = { name: 'pxeboot', namespace, chart: inject('chart'), values: merged };
  await helm.deploy(command, release, { wait });
}

async function remove(namespace: string): Promise<void> {
  await helm.output('uninstall', 'pxeboot', '--namespace', namespace, '--wait');
  await kubectl.output('delete', 'namespace', namespace);
}

/** Loads boot files as firmware does, with clients that accept answers only from the address that they asked. */
async function expectBootFiles(address: string): Promise<void> {
  const { loader, uefiLoader, kernel, initrd } = files;
  for (const [program, file] of [
    ['tftp-hpa', loader],
    ['tftp-hpa', uefiLoader],
    ['busybox-tftp', uefiLoader],
    ['curl', kernel],
    ['busybox-wget', initrd],
  ] as const) {
    const { content, failures } = await load(client, program, address, file.path, hashOf);
    expect({ program, content, failures }).toEqual({ program, content: file.sha256, failures: [] });
  }
  // curl asks for a large block size, and so gets an OACK.
  expect(await sha256OfUrl(client, `tftp://${address}/${loader.path}`)).toBe(loader.sha256);
}

async function menuAt(address: string): Promise<string> {
  return (await readByTftp(client, address, 'pxelinux.cfg/default'))?.toString() ?? '';
}

/** Returns the addresses of clients in the log of a pod, by protocol. */
async function clientsOf(
  namespace: string,
  pod: string,
): Promise<{ readonly tftp: ReadonlySet<string>; readonly http: ReadonlySet<string> }> {
  const log = await kubectl.output('logs', '--namespace', namespace, pod);
  const events = log.split('\n').flatMap((line) => {
    const { event, client: peer } = JSON.parse(line === '' ? '{}' : line) as {
      readonly event?: string;
      readonly client?: string;
    };
    return event === undefined || peer === undefined ? [] : [{ event, peer }];
  });
  const peersIn = (name: string): ReadonlySet<string> =>
    new Set(events.filter(({ event }) => event === name).map(({ peer }) => hostOf(peer)));
  return { tftp: peersIn('tftp.transfer'), http: peersIn('http.request') };
}

/** Returns an address without its port. */
function hostOf(peer: string): string {
  return peer.replace(/:\d+$/, '');
}

describe('network.mode hostPort', () => {
  const namespace = 'host-port';
  let endReservation: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    endReservation = await reserveNodePorts(cluster);
    const file = join(root, 'apps/chart/pxeboot/ci/host-port-values.yaml');
    await deploy('install', namespace, parse(await readFile(file, 'utf8')) as object);
  }, NODE_PORTS_TIMEOUT_MS);

  afterAll(async () => {
    await remove(namespace);
    await endReservation?.();
  });

  it('serves boot files on the addresses of two nodes', async () => {
    const nodes = (await podsOf(kubectl, namespace)).map(({ status }) => status.hostIP ?? '');
    expect(new Set(nodes).size).toBe(2);
    for (const node of nodes) {
      await expectBootFiles(node);
      expect(await menuAt(node)).toContain(`http://${node}:8069/debian/`);
    }
    const other = [1, 2, 3].map(nodeAddress).find((address) => !nodes.includes(address)) ?? '';
    await expect(ask(client, `http://${other}:8069/lpxelinux.0`)).rejects.toThrow();
    expect(await readByTftp(client, other, 'lpxelinux.0', 2000)).toBeUndefined();
  });

  it('keeps the addresses of machines', async () => {
    for (const { metadata } of await podsOf(kubectl, namespace)) {
      const { tftp, http } = await clientsOf(namespace, metadata.name);
      expect(tftp).toContain(CLUSTER_NETWORK.clientAddress);
      expect(http).toContain(CLUSTER_NETWORK.clientAddress);
    }
  });

  it('publishes the addresses of nodes for external-dns, although endpoints are those of pods', async () => {
    const { metadata } = await kubectl.get<Service>('service', 'pxeboot', '--namespace', namespace);
    // With it, external-dns publishes status.hostIP of each ready pod.
    expect(metadata.annotations).toMatchObject({
      'external-dns.alpha.kubernetes.io/hostname': 'tftp.example.com',
      'external-dns.alpha.kubernetes.io/endpoints-type': 'HostIP',
    });
    const pods = await podsOf(kubectl, namespace);
    const endpoints = pods.map(({ status }) => status.podIP ?? '').sort();
    expect(await publishedAddresses(kubectl, namespace)).toEqual(endpoints);
    for (const endpoint of endpoints) {
      expect(endpoint).toMatch(/^10\.244\./);
    }
  });

  it('passes `helm test`', async () => {
    const output = await helm.output('test', 'pxeboot', '--namespace', namespace);
    expect(output).toMatch(/^Phase:\s+Succeeded$/m);
  });

  it('puts no two pods on one node', async () => {
    const values = { network: { mode: 'hostPort' }, replicaCount: 4 };
    await deploy('upgrade', namespace, values, { wait: false });
    await vi.waitFor(async () => {
      const pods = await podsOf(kubectl, namespace);
      const running = pods.filter(({ status }) => status.phase === 'Running');
      expect(new Set(running.map(({ spec }) => spec.nodeName)).size).toBe(3);
      expect(running).toHaveLength(3);
      expect(pods.flatMap(({ status }) => status.conditions ?? [])).toContainEqual(
        expect.objectContaining({ type: 'PodScheduled', reason: 'Unschedulable' }),
      );
    }, PATIENCE);
  });
});

describe('network.mode pod', () => {
  const namespace = 'second-network';
  const address = '192.0.2.10';
  let values: object;

  beforeAll(async () => {
    // As in the documentation, with its addresses, but in a namespace of its own.
    const page = await readFile(join(root, 'docs/kubernetes.md'), 'utf8');
    const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].flatMap(([, text = '']) =>
      text.includes('\n---\n')
        ? []
        : [parse(text) as { kind?: string; metadata?: object; network?: object }],
    );
    const definition = examples.find(({ kind }) => kind === 'NetworkAttachmentDefinition');
    const example = examples.find(({ network }) => network !== undefined && 'pod' in network);
    if (definition === undefined || example === undefined) {
      throw new Error('docs/kubernetes.md has no example for network.mode pod');
    }
    values = example;
    const group = 'k8s.cni.cncf.io';
    const plural = 'network-attachment-definitions';
    await kubectl.apply(customResource({ group, kind: 'NetworkAttachmentDefinition', plural }));
    await kubectl.output(
      ...['wait', '--for=condition=Established', '--timeout=120s', `crd/${plural}.${group}`],
    );
    await kubectl.output('create', 'namespace', namespace);
    await kubectl.apply({ ...definition, metadata: { ...definition.metadata, namespace } });
    await deploy('install', namespace, values);
  });

  afterAll(() => remove(namespace));

  it('serves boot files to a machine on the second network', async () => {
    await expectBootFiles(address);
    expect(await menuAt(address)).toContain(`http://${address}:8069/debian/`);
  });

  it('serves boot files to a machine behind a router of that network', async () => {
    const { loader, kernel } = files;
    for (const [url, expected] of [
      [`tftp://${address}/${loader.path}`, loader.sha256],
      [`http://${address}:8069/${kernel.path}`, kernel.sha256],
    ] as const) {
      const content = await client.output('bash', [
        ...[
          '-o',
          'pipefail',
          '-ec',
          'curl --silent --fail --max-time 60 --interface "$1" "$2" | sha256sum',
        ],
        ...['bash', MACHINE_NETWORK.remoteAddress, url],
      ]);
      expect(content.split(' ')[0]).toBe(expected);
    }
  });

  it('keeps the addresses of machines', async () => {
    const [pod] = await podsOf(kubectl, namespace);
    const { tftp, http } = await clientsOf(namespace, pod?.metadata.name ?? '');
    const expected = [MACHINE_NETWORK.remoteAddress, MACHINE_NETWORK.clientAddress];
    expect([...tftp].sort()).toEqual(expected);
    expect([...http].sort()).toEqual(expected);
  });

  it("serves on the cluster's network as well, and passes `helm test`", async () => {
    const [pod] = await podsOf(kubectl, namespace);
    const podAddress = pod?.status.podIP ?? '';
    expect(await publishedAddresses(kubectl, namespace)).toEqual([podAddress]);
    const loader = await readByTftp(client, podAddress, files.loader.path);
    expect(loader && sha256(loader)).toBe(files.loader.sha256);
    const output = await helm.output('test', 'pxeboot', '--namespace', namespace);
    expect(output).toMatch(/^Phase:\s+Succeeded$/m);
  });

  it('keeps its fixed address in an update', async () => {
    const before = await podsOf(kubectl, namespace);
    const config = { kernelArgs: 'rack=7', tftp: { maxBlockSize: 1024 } };
    await deploy('upgrade', namespace, { ...values, config });
    const after = await podsOf(kubectl, namespace);
    expect(after).toHaveLength(1);
    expect(after[0]?.metadata.name).not.toBe(before[0]?.metadata.name);
    await expectBootFiles(address);
    expect(await menuAt(address)).toContain('rack=7');
  });
});
