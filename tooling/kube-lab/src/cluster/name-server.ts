import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { type Namespace } from '@pxe/lab-host';

import { type EndpointSlice, type ObjectList, type Service } from '../access/api-objects.js';
import { CLUSTER_NETWORK, type ClusterAccess } from '../access/cluster-access.js';
import { type Kubectl } from '../access/kubectl.js';

/**
 * Starts the cluster's name server: a Service has the name `NAME.NAMESPACE.svc.cluster.local`, which resolves to its
 * cluster address or, if it is headless, to those of its ready pods. The server itself ends with its namespace.
 *
 * @returns a function that stops the updates of its names; call it before the API server is stopped
 */
export async function startNameServer(
  access: ClusterAccess,
  control: Namespace,
  kubectl: Kubectl,
): Promise<() => Promise<void>> {
  const file = join(access.directory, 'control/names');
  await writeFile(file, '');
  const server = await control.start('dnsmasq', [
    ...[
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--no-resolv',
      '--no-hosts',
      '--user=root',
    ],
    ...[`--listen-address=${CLUSTER_NETWORK.controlAddress}`, '--bind-interfaces', '--pid-file'],
    ...[`--local=/${CLUSTER_NETWORK.domain}/`, `--addn-hosts=${file}`],
  ]);
  let updates = Promise.resolve();
  let pending = false;
  const update = async (): Promise<void> => {
    pending = false;
    await writeFile(file, await namesOf(kubectl));
    process.kill(server.pid, 'SIGHUP');
  };
  const schedule = (): void => {
    if (!pending) {
      pending = true;
      // The next event updates all names again.
      updates = updates.then(update).catch((error: unknown) => {
        console.error('the names of Services are out of date:', error);
      });
    }
  };
  const ending = new AbortController();
  const ended = once(ending.signal, 'abort');
  const watch = async (kind: string): Promise<void> => {
    const args = ['get', kind, '--all-namespaces', '--watch', '--output=name'];
    // The API server ends each watch after half an hour to an hour, and kubectl does not begin another one. The first
    // output of a watch is all objects, so no change is missed between two of them.
    while (!ending.signal.aborted) {
      const program = await kubectl.start(args, { onLine: schedule });
      await Promise.race([program.exited, ended]);
      await program.stop();
      // While the API server does not answer, kubectl ends at once.
      await setTimeout(1000, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  const watches = ['services', 'endpointslices'].map(watch);
  return async () => {
    ending.abort();
    await Promise.all(watches);
    await updates;
  };
}

/** Returns the names of all Services in the form of a hosts file. */
async function namesOf(kubectl: Kubectl): Promise<string> {
  const services = await kubectl.get<ObjectList<Service>>('services', '--all-namespaces');
  const slices = await kubectl.get<ObjectList<EndpointSlice>>('endpointslices', '--all-namespaces');
  const line = (address: string, name: string, namespace: string): string =>
    `${address} ${name}.${namespace}.svc.${CLUSTER_NETWORK.domain}\n`;
  const ofServices = services.items.flatMap(({ metadata, spec }) =>
    spec.clusterIP === undefined || spec.clusterIP === 'None'
      ? []
      : [line(spec.clusterIP, metadata.name, metadata.namespace)],
  );
  const headless = new Set(
    services.items
      .filter(({ spec }) => spec.clusterIP === 'None')
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  );
  const ofPods = slices.items.flatMap(({ metadata, endpoints }) => {
    const service = metadata.labels?.['kubernetes.io/service-name'] ?? '';
    if (!headless.has(`${metadata.namespace}/${service}`)) {
      return [];
    }
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready === true);
    return ready.flatMap(({ addresses }) =>
      addresses.map((address) => line(address, service, metadata.namespace)),
    );
  });
  return [...ofServices, ...ofPods].join('');
}
