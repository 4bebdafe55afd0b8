// A PC boots Debian's installer from a pod: the boot lab's own scenario. Its network becomes a node of the cluster.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { expectFile, tryCommand } from '@pxe/lab-host';

import { HelmClient } from '../src/access/helm-client.js';
import { Kubectl } from '../src/access/kubectl.js';
import { GUEST_NODE } from '../src/cluster/cluster.js';
import { helmBinary, labValues, podsOf } from './installed-chart.js';

const cluster = inject('cluster');
const root = inject('root');
const store = inject('store');
const kubectl = new Kubectl(cluster);
const helm = new HelmClient(cluster, helmBinary(4));

const NAMESPACE = 'boot';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kube-lab-boot-'));
  const values = {
    ...labValues(inject('image')),
    nodeSelector: { 'kubernetes.io/hostname': GUEST_NODE.name },
    tolerations: GUEST_NODE.taints,
    // The same arguments as in the scenario's configuration.
    config: { kernelArgs: 'console=ttyS0,115200' },
  };
  // The pod is pending until the node joins.
  const release = { name: 'pxeboot', namespace: NAMESPACE, chart: inject('chart'), values };
  await helm.deploy('install', release, { wait: false });
});

afterAll(async () => {
  await kubectl.try('delete', 'node', GUEST_NODE.name);
  await helm.output('uninstall', 'pxeboot', '--namespace', NAMESPACE);
  await kubectl.output('delete', 'namespace', NAMESPACE);
  await rm(directory, { recursive: true });
});

it('the bios scenario passes against a pod', { timeout: 1_200_000 }, async () => {
  const bootLab = join(root, 'tooling/boot-lab/dist/main.js');
  const server = join(root, 'tooling/kube-lab/dist/guest-daemon.js');
  await expectFile(bootLab, 'build it with `npm run build`');
  await expectFile(server, 'build it with `npm run build`');
  const accessFile = join(directory, 'cluster.json');
  await writeFile(accessFile, JSON.stringify(cluster));
  const { exitCode, stdout, stderr } = await tryCommand(
    process.execPath,
    // The node has to start first.
    [bootLab, 'bios', '--store', store, '--server', server, '--patience', '4'],
    { env: { ...process.env, KUBE_LAB_CLUSTER: accessFile } },
  );
  console.log(stdout);
  expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toContain('1 passed, 0 failed');
  const pods = await podsOf(kubectl, NAMESPACE);
  expect(pods.map(({ spec }) => spec.nodeName)).toEqual([GUEST_NODE.name]);
});
