import { eventually } from '@pxe/lab-host';

import {
  clientNamespace,
  type ClusterAccess,
  controlNamespace,
  nodeAddress,
} from '../src/access/cluster-access.js';
import { type Kubectl } from '../src/access/kubectl.js';

/** Address of the load balancer, which is on no interface. */
export const BALANCED_ADDRESS = '10.99.0.69';

/** Time limit for the Service to exist, in milliseconds; long, since the host may be busy. */
const SERVICE_TIMEOUT_MS = 120_000;

/**
 * Does what a load balancer in layer 3 does: routes its address to the first node, whose kube-proxy chooses a pod, and
 * names the address in the status of the Service, as soon as that exists.
 */
export async function balance(
  access: ClusterAccess,
  kubectl: Kubectl,
  namespace: string,
): Promise<void> {
  for (const machine of [controlNamespace(access), clientNamespace(access)]) {
    await machine.ip('route', 'replace', BALANCED_ADDRESS, 'via', nodeAddress(1));
  }
  const status = { status: { loadBalancer: { ingress: [{ ip: BALANCED_ADDRESS }] } } };
  await eventually('the Service for machines exists', SERVICE_TIMEOUT_MS, async () => {
    const { exitCode } = await kubectl.try(
      ...['patch', 'service', 'pxeboot-boot', '--namespace', namespace],
      ...['--subresource=status', '--type=merge', '--patch', JSON.stringify(status)],
    );
    return exitCode === 0 ? true : undefined;
  });
}
