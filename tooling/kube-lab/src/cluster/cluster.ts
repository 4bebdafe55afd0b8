import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createNamespace, type Namespace } from '@pxe/lab-host';

import {
  CLUSTER_NETWORK,
  type ClusterAccess,
  connectToBridge,
  connectToMachineNetwork,
  createBridges,
  MACHINE_NETWORK,
  nodeAddress,
  podSubnet,
} from '../access/cluster-access.js';
import { Kubectl } from '../access/kubectl.js';
import { createControlGroups, removeControlGroups } from './control-groups.js';
import { startControlPlane } from './control-plane.js';
import { startNameServer } from './name-server.js';
import { type ClusterNode, NODE_SCRIPT, startNode } from './node.js';

/** Number of nodes. */
const NODES = 3;

/**
 * Starts a cluster with nodes `node1` to `node3`, and a machine outside of it.
 *
 * @param store - image store that the `/var/lib/pxeboot` of each node starts with
 * @returns removal of the cluster, which leaves only the log files in its directory
 * @throws {@link LabError} when a program of the cluster fails
 */
export async function startCluster(
  access: ClusterAccess,
  store: string,
): Promise<() => Promise<void>> {
  const nodes = Array.from({ length: NODES }, (_, index) => ({
    name: `node${index + 1}`,
    number: index + 1,
  }));
  const removals: (() => Promise<void>)[] = [];
  const remove = async (): Promise<void> => {
    for (const removal of removals.splice(0).reverse()) {
      await removal();
    }
  };
  const createMachine = async (name: string): Promise<Namespace> => {
    const machine = await createNamespace(`${access.name}-${name}`);
    removals.push(async () => {
      await machine[Symbol.asyncDispose]();
    });
    return machine;
  };
  try {
    await copyFile(join(import.meta.dirname, NODE_SCRIPT), join(access.directory, NODE_SCRIPT));
    removals.push(() => removeControlGroups(access.name, access.directory));
    await createControlGroups(
      access.name,
      nodes.map(({ name }) => name),
    );
    const control = await createMachine('control');
    await createBridges(control);
    for (const { number } of nodes) {
      await control.ip('route', 'add', podSubnet(number), 'via', nodeAddress(number));
    }
    const client = await createMachine('client');
    const { clientAddress } = CLUSTER_NETWORK;
    await connectToBridge(control, client, { device: 'eth0', address: clientAddress });
    await connectToMachineNetwork(control, client, 'machine');
    const { device, prefixLength } = MACHINE_NETWORK;
    for (const address of [
      `${MACHINE_NETWORK.clientAddress}/${prefixLength}`,
      `${MACHINE_NETWORK.remoteAddress}/32`,
    ]) {
      await client.ip('address', 'add', address, 'dev', device);
    }

    const kubectl = new Kubectl(access);
    await startControlPlane(access, control, kubectl);
    removals.push(await startNameServer(access, control, kubectl));
    const started = await Promise.allSettled(
      nodes.map(async ({ name, number }): Promise<ClusterNode> => {
        const machine = await createMachine(name);
        const address = nodeAddress(number);
        await connectToBridge(control, machine, { device: 'eth0', address });
        await connectToMachineNetwork(control, machine, `machine-${name}`);
        return startNode(access, kubectl, { name, number, network: machine.path, store });
      }),
    );
    removals.push(async () => {
      for (const result of started) {
        if (result.status === 'fulfilled') {
          await result.value[Symbol.asyncDispose]();
        }
      }
    });
    const failure = started.find((result) => result.status === 'rejected');
    if (failure !== undefined) {
      throw failure.reason;
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}
