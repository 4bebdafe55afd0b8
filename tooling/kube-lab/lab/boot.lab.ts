// A PC boots Debian's installer from a pod, installed with the commands of the chart's README: the boot lab's own scenario.
// The chart and the image come from this checkout instead of a registry, and the node already has images.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { bios, runLab } from '@pxe/boot-lab';
import { documentedLines } from '@pxe/lab-host';

import { nodeAddress } from '../src/access/cluster-access.js';
import { HelmClient } from '../src/access/helm-client.js';
import { Kubectl } from '../src/access/kubectl.js';
import { FollowedPods } from './followed-pods.js';
import { helmBinary, labValues } from './installed-chart.js';
import { NODE_PORTS_TIMEOUT_MS, reserveNodePorts } from './node-ports.js';

const cluster = inject('cluster');
const root = inject('root');
const kubectl = new Kubectl(cluster);
const helm = new HelmClient(cluster, helmBinary(4));

/** Namespace of the documented commands. */
const NAMESPACE = 'netboot';

/** The released chart, in the documented commands. */
const RELEASED_CHART = 'oci://ghcr.io/pxeboot/charts/pxeboot';

let directory: string;
let endReservation: (() => Promise<void>) | undefined;
let lines: readonly string[];

beforeAll(async () => {
  lines = await documentedLines(join(root, 'apps/chart/pxeboot/README.md'), 'Install');
  directory = await mkdtemp(join(tmpdir(), 'kube-lab-boot-'));
  const values = {
    ...labValues(inject('image')),
    nodeSelector: { 'kubernetes.io/hostname': 'node1' },
    // The same arguments as in the scenario's configuration.
    config: { kernelArgs: 'console=ttyS0,115200' },
  };
  await writeFile(join(directory, 'values.json'), JSON.stringify(values));
  endReservation = await reserveNodePorts(cluster);
}, NODE_PORTS_TIMEOUT_MS);

afterAll(async () => {
  await helm.output('uninstall', 'pxeboot', '--namespace', NAMESPACE, '--wait');
  await kubectl.output('delete', 'namespace', NAMESPACE);
  await endReservation?.();
  await rm(directory, { recursive: true });
});

/** Runs a documented command. */
function runLine(line: string): Promise<string> {
  const [program = '', ...words] = line.split(' ');
  if (program === 'kubectl') {
    return kubectl.output(...words);
  }
  expect(program).toBe('helm');
  const args = words.map((word) => (word === RELEASED_CHART ? inject('chart') : word));
  const settings = words[0] === 'install' ? ['--values', join(directory, 'values.json')] : [];
  return helm.output(...args, ...settings);
}

it('is installed with the documented commands', async () => {
  expect(lines.map((line) => line.split(' ', 2).join(' '))).toEqual([
    'kubectl create',
    'kubectl label',
    'helm install',
    'helm test',
  ]);
  for (const line of lines.slice(0, 3)) {
    await runLine(line);
  }
});

it('boots a machine to the installer', { timeout: 1_200_000 }, async ({ signal }) => {
  await using pods = new FollowedPods(cluster, NAMESPACE);
  const failed = await runLab(
    {
      runs: [
        {
          scenario: { ...bios, dhcp: { bootFile: 'lpxelinux.0', server: nodeAddress(1) } },
          content: 'all',
        },
      ],
      ...{ repeat: 1, jobs: 1, mirror: undefined, roundTripMs: 0, keep: false, record: undefined },
      store: inject('store'),
      cli: join(root, 'apps/server/dist/main.cjs'),
      daemon: pods,
      // The pod has to start first.
      patience: 4,
    },
    signal,
  );
  expect(failed).toBe(0);
});

it('passes the documented test', async () => {
  expect(await runLine(lines[3] ?? '')).toMatch(/^Phase:\s+Succeeded$/m);
});
