import { expect, vi } from 'vitest';

import { type HelmClient, type Release } from '../src/access/helm-client.js';
import { type Kubectl } from '../src/access/kubectl.js';
import { type Database } from './database.js';
import { isReady, labValues, podsOf } from './installed-chart.js';

/** Secret of the chart's `database.existingSecret`. */
const SECRET = 'database';

/** Time limit of a wait in milliseconds; long, since the host may be busy. */
export const PATIENCE = { timeout: 240_000, interval: 500 };

/** Returns a release of three pods with a database. */
export function threePods(
  namespace: string,
  chart: string,
  image: { readonly repository: string; readonly tag: string },
  values: object,
): Release {
  return {
    name: 'pxeboot',
    namespace,
    chart,
    values: {
      ...labValues(image),
      replicaCount: 3,
      database: { existingSecret: { name: SECRET } },
      ...values,
    },
  };
}

/** Creates a namespace with the Secret that {@link threePods} needs. */
export async function createNamespace(
  kubectl: Kubectl,
  namespace: string,
  { url }: Database,
): Promise<void> {
  await kubectl.output('create', 'namespace', namespace);
  await kubectl.output(
    ...['create', 'secret', 'generic', SECRET, '--namespace', namespace],
    `--from-literal=url=${url}`,
  );
}

/** Removes the release and its namespace. */
export async function removeNamespace(
  kubectl: Kubectl,
  helm: HelmClient,
  namespace: string,
): Promise<void> {
  await helm.output('uninstall', 'pxeboot', '--namespace', namespace, '--wait');
  await kubectl.output('delete', 'namespace', namespace);
}

/** Waits until that many pods are ready, and returns their names. */
export function readyPods(
  kubectl: Kubectl,
  namespace: string,
  count: number,
): Promise<readonly string[]> {
  return vi.waitFor(async () => {
    const pods = await podsOf(kubectl, namespace);
    const ready = pods.filter(
      (pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined,
    );
    expect(ready.length).toBeGreaterThanOrEqual(count);
    return ready.map(({ metadata }) => metadata.name);
  }, PATIENCE);
}
