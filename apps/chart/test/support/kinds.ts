import { type apps, type networkingK8sIo, type policy, type v1 } from 'kubernetes-models';

import { type Manifest } from '@pxe/helm';

interface Kinds {
  ConfigMap: v1.IConfigMap;
  DaemonSet: apps.v1.IDaemonSet;
  Deployment: apps.v1.IDeployment;
  NetworkPolicy: networkingK8sIo.v1.INetworkPolicy;
  PersistentVolumeClaim: v1.IPersistentVolumeClaim;
  Pod: v1.IPod;
  PodDisruptionBudget: policy.v1.IPodDisruptionBudget;
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

/** Returns the template of the daemon's pods. */
export function podTemplateOf(manifests: readonly Manifest[]): v1.IPodTemplateSpec {
  const [workload] = [...allOf(manifests, 'Deployment'), ...allOf(manifests, 'DaemonSet')];
  if (workload?.spec === undefined) {
    throw new Error('expected a Deployment or a DaemonSet');
  }
  return workload.spec.template;
}
