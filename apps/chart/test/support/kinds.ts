import { type apps, type v1 } from 'kubernetes-models';

import { type Manifest } from '@pxe/helm';

interface Kinds {
  ConfigMap: v1.IConfigMap;
  Deployment: apps.v1.IDeployment;
  Pod: v1.IPod;
  Secret: v1.ISecret;
  Service: v1.IService;
  ServiceAccount: v1.IServiceAccount;
}

/** Returns all objects of a kind. */
export function allOf<Kind extends keyof Kinds>(
  manifests: readonly Manifest[],
  kind: Kind,
): Kinds[Kind][] {
  return manifests.filter((manifest): manifest is Manifest & Kinds[Kind] => manifest.kind === kind);
}

/** Returns the only object of a kind. */
export function theOnly<Kind extends keyof Kinds>(
  manifests: readonly Manifest[],
  kind: Kind,
): Kinds[Kind] {
  const [object, ...others] = allOf(manifests, kind);
  if (object === undefined || others.length > 0) {
    throw new Error(`expected one ${kind}, got ${others.length + (object ? 1 : 0)}`);
  }
  return object;
}
