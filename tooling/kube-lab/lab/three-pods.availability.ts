// Three pods share a PostgreSQL database: machines do not notice which pod answers, or that one has stopped.
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';

import { type ServedFiles, servedFiles } from '@pxe/container-lab/served-files';
import { expectFile, type Program } from '@pxe/lab-host';

import { type Pod } from '../src/access/api-objects.js';
import {
  clientNamespace,
  CLUSTER_NETWORK,
  controlNamespace,
  nodeAddress,
} from '../src/access/cluster-access.js';
import { HelmClient, type Release } from '../src/access/helm-client.js';
import { Kubectl } from '../src/access/kubectl.js';
import { attempt, type BootClient, hashOf, load, type Loaded, textOf } from './boot-client.js';
import { type Database, startDatabase } from './database.js';
import { helmBinary, isReady, podsOf } from './installed-chart.js';
import { balance, BALANCED_ADDRESS } from './load-balancer.js';
import { createNamespace, PATIENCE, readyPods, removeNamespace, threePods } from './three-pods.js';

const cluster = inject('cluster');
const store = inject('store');
const kubectl = new Kubectl(cluster);
const client = clientNamespace(cluster);
const control = controlNamespace(cluster);
const helm = new HelmClient(cluster, helmBinary(4));

const ADDRESSES = [1, 2, 3].map(nodeAddress);

/** Time limit for the replacement of all pods, one after the other. */
const UPDATE_PATIENCE = { timeout: 600_000, interval: 500 };

/** Number of transfers that run while the pods are replaced. */
const TRANSFERS = 50;
/** Rate of the ACKs of all these transfers in bits per second: they would take more than ten minutes. */
const ACK_RATE = 55_000;

let database: Database;
let files: ServedFiles;

beforeAll(async () => {
  files = await servedFiles(store);
  database = await startDatabase(cluster);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

function releaseIn(namespace: string, values: object): Release {
  // Long enough for the slow transfers of this test.
  const patient = { terminationGracePeriodSeconds: 300, ...values };
  return threePods(namespace, inject('chart'), inject('image'), patient);
}

/** Waits until one of these pods is being stopped, and returns it. */
function stoppingPod(namespace: string, names: ReadonlySet<string>): Promise<Pod> {
  return vi.waitFor(async () => {
    const pods = await podsOf(kubectl, namespace);
    const stopping = pods.find(
      ({ metadata: { name, deletionTimestamp } }) =>
        names.has(name) && deletionTimestamp !== undefined,
    );
    if (stopping === undefined) {
      throw new Error(`no pod of ${namespace} is being stopped`);
    }
    return stopping;
  }, UPDATE_PATIENCE);
}

/** Waits until three other pods are ready. */
async function replaced(namespace: string, before: readonly string[]): Promise<void> {
  await vi.waitFor(async () => {
    const after = await readyPods(kubectl, namespace, 3);
    expect(after.filter((name) => before.includes(name))).toEqual([]);
  }, UPDATE_PATIENCE);
}

/** Returns the number of TFTP transfers that a pod has in flight; none if it does not answer. */
async function transfersOf({ status: { podIP } }: Pod): Promise<number> {
  if (podIP === undefined) {
    return 0;
  }
  const { stdout } = await control.run('curl', ['--silent', `http://${podIP}:9069/metrics`]);
  return Number(/^pxeboot_tftp_transfers (\d+)$/m.exec(stdout)?.[1] ?? 0);
}

/** Makes the client send slowly to these addresses, at {@link ACK_RATE} in total. */
async function slowDown(addresses: readonly string[]): Promise<void> {
  const onDevice = ['dev', 'eth0', 'parent', '1:'];
  await client.output('tc', ['qdisc', 'add', 'dev', 'eth0', 'root', 'handle', '1:', 'htb']);
  for (const [index, address] of addresses.entries()) {
    const id = classId(index);
    const rate = ['htb', 'rate', `${Math.floor(ACK_RATE / addresses.length)}bit`];
    await client.output('tc', ['class', 'add', ...onDevice, 'classid', id, ...rate]);
    const match = ['u32', 'match', 'ip', 'dst', `${address}/32`, 'flowid', id];
    await client.output('tc', ['filter', 'add', ...onDevice, 'protocol', 'ip', ...match]);
  }
}

/** Lets the client send to one of the addresses of {@link slowDown} at full speed. */
async function speedUp(index: number): Promise<void> {
  const id = ['classid', classId(index)];
  await client.output('tc', [
    ...['class', 'change', 'dev', 'eth0', 'parent', '1:', ...id, 'htb', 'rate', '1gbit'],
  ]);
}

/** Lets the client send to all addresses at full speed. */
async function endSlowness(): Promise<void> {
  await client.output('tc', ['qdisc', 'del', 'dev', 'eth0', 'root']);
}

/** Returns the identifier of a traffic class, for tc. */
function classId(index: number): string {
  return `1:${index + 1}`;
}

/** Starts slow transfers, spread over the addresses, and returns when all of them are running. */
async function startTransfers(
  namespace: string,
  addresses: readonly string[],
): Promise<{ readonly finished: Promise<readonly Loaded<string>[]> }> {
  const { path } = files.uefiLoader;
  await slowDown(addresses);
  const transfers = Array.from({ length: TRANSFERS }, (_, index) =>
    load(client, 'tftp-hpa', addresses[index % addresses.length] ?? '', path, hashOf),
  );
  const finished = Promise.all(transfers);
  // A transfer that fails is reported at the end.
  finished.catch(() => undefined);
  await vi.waitFor(async () => {
    const pods = await podsOf(kubectl, namespace);
    const counts = await Promise.all(pods.map(transfersOf));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(TRANSFERS);
  }, PATIENCE);
  return { finished };
}

describe('three pods on the host network', () => {
  const namespace = 'ha-host-network';

  beforeAll(async () => {
    await createNamespace(kubectl, namespace, database);
    await helm.deploy('install', releaseIn(namespace, {}));
    await readyPods(kubectl, namespace, 3);
  });

  afterAll(() => removeNamespace(kubectl, helm, namespace));

  it('record one boot for a machine that loads from each of them', async () => {
    const mac = '52-54-00-0a-00-01';
    const [first = '', second = '', third = ''] = ADDRESSES;
    const loader = await load(client, 'tftp-hpa', first, files.loader.path, hashOf);
    expect(loader.content).toBe(files.loader.sha256);
    // As PXELINUX does: its own configuration, then that for all machines.
    const own = await attempt(client, 'tftp-hpa', second, `pxelinux.cfg/01-${mac}`, textOf);
    const menu =
      own.content ??
      (await load(client, 'busybox-tftp', second, 'pxelinux.cfg/default', textOf)).content;
    expect(menu).toContain(`http://${second}:8069/${files.kernel.path}`);
    for (const [program, file] of [
      ['curl', files.kernel],
      ['busybox-wget', files.initrd],
    ] as const) {
      const { content } = await load(client, program, third, file.path, hashOf);
      expect(content).toBe(file.sha256);
    }

    const { clientAddress } = CLUSTER_NETWORK;
    for (const pod of await readyPods(kubectl, namespace, 3)) {
      const boots = await vi.waitFor(async () => {
        const output = await kubectl.output(
          ...['exec', '--namespace', namespace, pod, '--'],
          ...[
            'node',
            '/app/dist/main.cjs',
            'boots',
            '--config',
            '/etc/pxeboot/pxeboot.yaml',
            '--json',
            clientAddress,
          ],
        );
        const found = (JSON.parse(output) as { readonly boots: readonly object[] }).boots;
        expect(found[0]).toMatchObject({ outcome: 'installer' });
        return found;
      }, PATIENCE);
      expect(boots).toMatchObject([
        {
          address: clientAddress,
          firmware: 'bios',
          mac: mac.replaceAll('-', ':'),
          stages: [{ name: 'loader' }, { name: 'menu' }, { name: 'kernel' }, { name: 'initrd' }],
        },
      ]);
    }
    const stored = `select outcome from boots where address = '${clientAddress}'`;
    await vi.waitFor(async () => {
      expect(await database.query(stored)).toBe('installer');
    }, PATIENCE);
  });

  it(`finish ${TRANSFERS} transfers while they are replaced`, { timeout: 900_000 }, async () => {
    const before = await readyPods(kubectl, namespace, 3);
    const { finished } = await startTransfers(namespace, ADDRESSES);
    try {
      const config = { tftp: { maxBlockSize: 1024 } };
      await helm.deploy('upgrade', releaseIn(namespace, { config }), { wait: false });
      const waiting = new Set(before);
      while (waiting.size > 0) {
        // Each pod is stopped in the middle of its transfers, and ends only when they have finished.
        const pod = await stoppingPod(namespace, waiting);
        expect(await transfersOf(pod)).toBeGreaterThanOrEqual(Math.floor(TRANSFERS / 3));
        await speedUp(ADDRESSES.indexOf(pod.status.podIP ?? ''));
        waiting.delete(pod.metadata.name);
      }
      const loaded = await finished;
      expect(loaded.map(({ content }) => content)).toEqual(
        Array.from({ length: TRANSFERS }, () => files.uefiLoader.sha256),
      );
      expect(loaded.flatMap(({ failures }) => failures)).toEqual([]);
    } finally {
      await endSlowness();
    }
    await replaced(namespace, before);
  });
});

describe('three pods behind a load balancer', () => {
  const namespace = 'ha-service';
  const values = {
    network: {
      mode: 'service',
      // Files for one machine come from different pods.
      service: {
        address: BALANCED_ADDRESS,
        externalTrafficPolicy: 'Cluster',
        sessionAffinity: 'None',
      },
    },
  };

  beforeAll(async () => {
    await createNamespace(kubectl, namespace, database);
    // Helm waits for the address.
    await Promise.all([
      helm.deploy('install', releaseIn(namespace, values)),
      balance(cluster, kubectl, namespace),
    ]);
    await readyPods(kubectl, namespace, 3);
  });

  afterAll(() => removeNamespace(kubectl, helm, namespace));

  it('serve 30 boots, although pods are killed between their files', async () => {
    const menu = 'pxelinux.cfg/default';
    const { content: menuHash } = await load(client, 'tftp-hpa', BALANCED_ADDRESS, menu, hashOf);
    const steps: readonly (readonly [BootClient, string, string])[] = [
      ['tftp-hpa', files.loader.path, files.loader.sha256],
      ['busybox-tftp', menu, menuHash],
      ['curl', files.kernel.path, files.kernel.sha256],
      ['busybox-wget', files.initrd.path, files.initrd.sha256],
    ];
    const killed: string[] = [];
    for (let batch = 0; batch < 3; batch++) {
      const machines = Array.from({ length: 10 }, (_, index) => index);
      for (const [index, [program, path, expected]] of steps.entries()) {
        const loaded = await Promise.all(
          machines.map(() => load(client, program, BALANCED_ADDRESS, path, hashOf)),
        );
        expect(loaded.map(({ content }) => content)).toEqual(machines.map(() => expected));
        if (index < steps.length - 1) {
          const [victim = ''] = await readyPods(kubectl, namespace, 2);
          await kubectl.output(
            ...['delete', 'pod', victim, '--namespace', namespace],
            ...['--grace-period=0', '--force', '--wait=false'],
          );
          killed.push(victim);
        }
      }
    }
    expect(new Set(killed).size).toBe(9);
  });

  it(
    'end transfers with an ERROR when they are replaced, which then succeed again',
    { timeout: 900_000 },
    async () => {
      const before = await readyPods(kubectl, namespace, 3);
      const { finished } = await startTransfers(namespace, [BALANCED_ADDRESS]);
      try {
        const config = { tftp: { maxBlockSize: 1024 } };
        await helm.deploy('upgrade', releaseIn(namespace, { ...values, config }), { wait: false });
        await replaced(namespace, before);
      } finally {
        await endSlowness();
      }
      const loaded = await finished;
      expect(loaded.map(({ content }) => content)).toEqual(
        Array.from({ length: TRANSFERS }, () => files.uefiLoader.sha256),
      );
      for (const failure of loaded.flatMap(({ failures }) => failures)) {
        expect(failure).toMatch(/Error code 5/);
      }
      // When a pod stops, kube-proxy removes its connections from a table that packets keep changing, and may miss one:
      // that transfer ends where it began.
      const ended = loaded.filter(({ failures }) => failures.length > 0);
      expect(ended.length).toBeGreaterThan(TRANSFERS * 0.9);
    },
  );
});

describe('three pods whose mirror is down when they start', () => {
  const namespace = 'ha-mirror';
  const port = 8090;
  let mirror: Program | undefined;

  /** Makes the mirror refuse connections, or accept them again. */
  const blockMirror = (isBlocked: boolean): Promise<string> =>
    control.output('iptables', [
      ...[isBlocked ? '--insert' : '--delete', 'INPUT', '--protocol', 'tcp'],
      ...['--destination-port', String(port), '--jump', 'REJECT', '--reject-with', 'tcp-reset'],
    ]);

  beforeAll(async () => {
    await createNamespace(kubectl, namespace, database);
    const main = join(inject('root'), 'tooling/local-mirror/dist/main.js');
    await expectFile(main, 'build it with `npm run build`');
    mirror = await control.start(process.execPath, [
      ...[main, '--made-up', '--suites', 'trixie'],
      ...['--host', CLUSTER_NETWORK.controlAddress, '--port', String(port)],
    ]);
    const served = await mirror.line(/ files at /, PATIENCE.timeout);
    const url = served.split(' ').at(-1);
    await blockMirror(true);
    const key = mirror.stdout.entries.filter((line) => line !== served).join('\n');
    const values = {
      persistence: { type: 'emptyDir' },
      config: {
        images: ['trixie:amd64:text'],
        source: { kind: 'mirror', url: [url], keyring: '/etc/mirror/key.asc' },
      },
      extraVolumes: [{ name: 'mirror', configMap: { name: 'mirror' } }],
      extraVolumeMounts: [{ name: 'mirror', mountPath: '/etc/mirror' }],
    };
    await kubectl.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'mirror', namespace },
      data: { 'key.asc': `${key}\n` },
    });
    await helm.deploy('install', releaseIn(namespace, values), { wait: false });
  });

  afterAll(async () => {
    await mirror?.stop();
    await removeNamespace(kubectl, helm, namespace);
  });

  it('run, but are not ready', async () => {
    await vi.waitFor(async () => {
      const pods = await podsOf(kubectl, namespace);
      expect(pods).toHaveLength(3);
      for (const { metadata, status } of pods) {
        expect(status.phase).toBe('Running');
        const log = await kubectl.output('logs', '--namespace', namespace, metadata.name);
        expect(log).toMatch(/"event":"images\.sync-failed"/);
      }
      expect(pods.some(isReady)).toBe(false);
    }, PATIENCE);
  });

  it('become ready by themselves when the mirror is back', { timeout: 600_000 }, async () => {
    await blockMirror(false);
    await readyPods(kubectl, namespace, 3);
    const pods = await podsOf(kubectl, namespace);
    const restarts = pods.flatMap(({ status }) => status.containerStatuses ?? []);
    expect(restarts.map(({ restartCount }) => restartCount)).toEqual([0, 0, 0]);
    for (const address of ADDRESSES) {
      const { content } = await load(client, 'tftp-hpa', address, 'pxelinux.cfg/default', textOf);
      expect(content).toMatch(/^label /im);
    }
  });
});
