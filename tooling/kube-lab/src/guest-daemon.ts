// Stands in for `apps/server/dist/main.cjs`: `node guest-daemon.js serve --config FILE` makes the caller's network
// namespace a node of the cluster, waits for the chart's pod on it, and prints its log. KUBE_LAB_CLUSTER names the
// file with the access to the cluster.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { parse } from 'yaml';

import { eventually, openNamespace, runCommand } from '@pxe/lab-host';

import { type ObjectList, type Pod } from './access/api-objects.js';
import {
  type ClusterAccess,
  connectToBridge,
  controlNamespace,
  nodeAddress,
} from './access/cluster-access.js';
import { Kubectl } from './access/kubectl.js';
import { GUEST_NODE } from './cluster/cluster.js';
import { startNode } from './cluster/node.js';

/** Time limit for the pod to start, in milliseconds; long, since the host may be busy. */
const POD_TIMEOUT_MS = 120_000;

const { values } = parseArgs({ options: { config: { type: 'string' } }, allowPositionals: true });
const accessFile = process.env['KUBE_LAB_CLUSTER'];
if (accessFile === undefined || values.config === undefined) {
  throw new Error('usage: KUBE_LAB_CLUSTER=FILE guest-daemon.js serve --config FILE');
}
const access = JSON.parse(readFileSync(accessFile, 'utf8')) as ClusterAccess;
const { dataDir } = parse(readFileSync(values.config, 'utf8')) as { dataDir: string };

const kubectl = new Kubectl(access);
const { name, number, taints } = GUEST_NODE;
const namespace = openNamespace((await runCommand('ip', ['netns', 'identify'])).trim());
await connectToBridge(controlNamespace(access), namespace, {
  device: 'cluster',
  address: nodeAddress(number),
});
const node = await startNode(access, kubectl, {
  name,
  number,
  network: `/proc/${process.pid}/ns/net`,
  // `ip netns exec` hides the control groups from this process, but not from its parent.
  mounts: `/proc/${process.ppid}/ns/mnt`,
  store: dataDir,
  taints,
});
const pod = await eventually(`a pod runs on ${name}`, POD_TIMEOUT_MS, async () => {
  const { items } = await kubectl.get<ObjectList<Pod>>(
    ...['pods', '--all-namespaces', '--field-selector', `spec.nodeName=${name}`],
  );
  return items.find(({ status }) => status.phase === 'Running')?.metadata;
});
const log = await kubectl.start(['logs', '--follow', `--namespace=${pod.namespace}`, pod.name], {
  onLine: (line) => process.stdout.write(`${line}\n`),
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => void log.stop());
}
await log.exited;
await node[Symbol.asyncDispose]();
