import { findHelm, type Helm, type HelmMajor } from '@pxe/helm';

import { type EndpointSlice, type ObjectList, type Pod } from '../src/access/api-objects.js';
import { type Kubectl } from '../src/access/kubectl.js';

/** Labels of the pods of release `pxeboot`, as in the chart's notes. */
export const PODS =
  'app.kubernetes.io/name=pxeboot,app.kubernetes.io/instance=pxeboot,app.kubernetes.io/component=server';

/**
 * Returns a Helm binary.
 *
 * @throws Error on platforms without it
 */
export function helmBinary(major: HelmMajor): Helm {
  const helm = findHelm(major);
  if (helm === undefined) {
    throw new Error(`no Helm ${major} for ${process.platform} on ${process.arch}`);
  }
  return helm;
}

/** Returns values that use the image and the image store of the nodes. */
export function labValues(image: { readonly repository: string; readonly tag: string }): object {
  return {
    image: { ...image, pullPolicy: 'Never' },
    persistence: { type: 'hostPath' },
  };
}

/** Returns the pods of the release in a namespace. */
export async function podsOf(kubectl: Kubectl, namespace: string): Promise<readonly Pod[]> {
  const args = ['pods', '--namespace', namespace, '--selector', PODS];
  return (await kubectl.get<ObjectList<Pod>>(...args)).items;
}

/** Returns true if a pod is ready. */
export function isReady({ status }: Pod): boolean {
  return (status.conditions ?? []).some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
}

/**
 * Returns the addresses that external-dns publishes for the headless Service of the release, in order: those of its
 * ready pods.
 */
export async function publishedAddresses(
  kubectl: Kubectl,
  namespace: string,
): Promise<readonly string[]> {
  const service = 'kubernetes.io/service-name=pxeboot';
  const args = ['endpointslices', '--namespace', namespace, '--selector', service];
  const slices = (await kubectl.get<ObjectList<EndpointSlice>>(...args)).items;
  return slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions, targetRef }) => conditions?.ready === true && targetRef?.kind === 'Pod')
    .flatMap(({ addresses }) => addresses)
    .sort();
}

/** Returns the names of all objects of the release, and of Helm's own record of it. */
export async function objectsOf(kubectl: Kubectl, namespace: string): Promise<readonly string[]> {
  const kinds = await kubectl.output(
    ...['api-resources', '--namespaced', '--verbs=list', '--output=name'],
  );
  const all = kinds
    .trim()
    .split('\n')
    .filter((kind) => !kind.startsWith('events'))
    .join(',');
  const names = await Promise.all(
    ['app.kubernetes.io/instance=pxeboot', 'owner=helm'].map((selector) =>
      kubectl.output(
        ...['get', all, '--namespace', namespace, '--selector', selector, '--output=name'],
      ),
    ),
  );
  return names.flatMap((text) => text.split('\n')).filter((name) => name !== '');
}
