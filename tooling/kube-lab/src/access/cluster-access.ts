import { join } from 'node:path';

import { type Namespace, openNamespace } from '@pxe/lab-host';

import { type KubePrograms } from '../programs/kube-programs.js';

/** Everything that is needed to use or extend a running cluster; can be stored as JSON. */
export interface ClusterAccess {
  /** Prefix of the network namespaces, and name of the control group. */
  readonly name: string;
  /** Directory for all files of the cluster. */
  readonly directory: string;
  readonly kubectl: string;
  readonly programs: KubePrograms;
  /** Image archives that each node has. */
  readonly images: readonly string[];
}

/** Addresses of a cluster. They exist only in its own namespaces, so they never collide. */
export const CLUSTER_NETWORK = {
  prefixLength: 24,
  /** Address of the control plane, the name server and the router of the nodes. */
  controlAddress: '10.80.0.1',
  /** Address of a machine that is not part of the cluster. */
  clientAddress: '10.80.0.100',
  /** Address of the router of machines that boot in a network of their own. */
  machineRouterAddress: '10.80.0.101',
  pods: '10.244.0.0/16',
  services: '10.96.0.0/16',
  /** Address of the Service `kubernetes`, the first of {@link CLUSTER_NETWORK.services}. */
  apiServiceAddress: '10.96.0.1',
  domain: 'cluster.local',
} as const;

/** A second network, which the nodes are connected to without addresses of their own. */
export const MACHINE_NETWORK = {
  prefixLength: 24,
  routerAddress: '192.0.2.1',
  /** Address of the machine that is not part of the cluster. */
  clientAddress: '192.0.2.100',
  /** Network behind the router, in which that machine has another address. */
  remote: '10.20.0.0/16',
  remoteAddress: '10.20.0.100',
  /** Name of its interface on nodes and on the machine. */
  device: 'eth1',
} as const;

/** Name of the bridge of {@link MACHINE_NETWORK}, in the control plane's namespace. */
const MACHINE_BRIDGE = 'machines';

/** Name of the bridge that connects the nodes, in the control plane's namespace. */
const BRIDGE = 'nodes';

/** Returns the address of a node; nodes are numbered from 1 to 89. */
export function nodeAddress(number: number): string {
  return `10.80.0.${10 + number}`;
}

/** Returns the addresses of a node's pods that are not on the host network. */
export function podSubnet(number: number): string {
  return `10.244.${number}.0/24`;
}

/** Returns the namespace of the control plane. */
export function controlNamespace({ name }: ClusterAccess): Namespace {
  return openNamespace(`${name}-control`);
}

/** Returns the namespace of a machine that is not part of the cluster. */
export function clientNamespace({ name }: ClusterAccess): Namespace {
  return openNamespace(`${name}-client`);
}

/** Returns the path of the kubeconfig of an administrator. */
export function kubeconfigOf({ directory }: ClusterAccess): string {
  return join(directory, 'kubeconfig');
}

/** Returns the environment of the cluster's programs. */
export function programEnvironment({ programs }: ClusterAccess): NodeJS.ProcessEnv {
  return { ...process.env, ...programs.environment };
}

/** Creates the bridges that nodes and machines are connected to; the control plane is the router of both networks. */
export async function createBridges(control: Namespace): Promise<void> {
  const { controlAddress } = CLUSTER_NETWORK;
  const { routerAddress, clientAddress, remote } = MACHINE_NETWORK;
  for (const [bridge, address] of [
    [BRIDGE, `${controlAddress}/${CLUSTER_NETWORK.prefixLength}`],
    [MACHINE_BRIDGE, `${routerAddress}/${MACHINE_NETWORK.prefixLength}`],
  ] as const) {
    await control.ip('link', 'add', bridge, 'type', 'bridge');
    await control.ip('address', 'add', address, 'dev', bridge);
    await control.ip('link', 'set', bridge, 'up');
  }
  await control.ip('route', 'add', remote, 'via', clientAddress);
  await control.output('sysctl', ['--quiet', '--write', 'net.ipv4.ip_forward=1']);
}

/** Connects a machine to {@link MACHINE_NETWORK}. */
export async function connectToMachineNetwork(
  control: Namespace,
  machine: Namespace,
  port: string,
): Promise<void> {
  const { device } = MACHINE_NETWORK;
  await control.ip(
    ...['link', 'add', port, 'type', 'veth'],
    ...['peer', 'name', device, 'netns', machine.name],
  );
  await control.ip('link', 'set', port, 'master', MACHINE_BRIDGE, 'up');
  await machine.ip('link', 'set', device, 'up');
}

/** Connects a machine to the network of the nodes. */
export async function connectToBridge(
  control: Namespace,
  machine: Namespace,
  { device, address }: { readonly device: string; readonly address: string },
): Promise<void> {
  const { controlAddress, prefixLength } = CLUSTER_NETWORK;
  const port = `to-${address.split('.')[3] ?? ''}`;
  await control.ip(
    ...['link', 'add', port, 'type', 'veth'],
    ...['peer', 'name', device, 'netns', machine.name],
  );
  await control.ip('link', 'set', port, 'master', BRIDGE, 'up');
  await machine.ip('address', 'add', `${address}/${prefixLength}`, 'dev', device);
  await machine.ip('link', 'set', device, 'up');
  await machine.ip('route', 'add', 'default', 'via', controlAddress);
}
