import { randomBytes } from 'node:crypto';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type v1 } from 'kubernetes-models';

import { type Manifest } from '@pxe/helm';
import { LabError } from '@pxe/lab-host';

import { type ImageConfig } from '../image/image-store.js';
import {
  type BindMount,
  type ContainerSpec,
  DEFAULT_CAPABILITIES,
} from '../runtime/container-spec.js';

/** Node that a pod runs on. */
export interface LabNode {
  /** IP address, which the pod sees as `status.hostIP`. */
  readonly address: string;
  /** Path of the network namespace that represents the node's own network. */
  readonly networkNamespace: string;
  /** Directory of the pod's volumes. */
  readonly directory: string;
}

/**
 * Prepares one container of a pod like a kubelet: creates the volumes, resolves the environment, and
 * translates the security contexts into the settings of the runtime.
 *
 * @param manifests - the objects that the pod refers to
 * @throws {@link LabError} `ERR_LAB_POD` for features that the lab does not support, and for missing ConfigMaps
 */
export async function preparePod(
  pod: v1.IPodSpec,
  manifests: readonly Manifest[],
  image: ImageConfig,
  node: LabNode,
): Promise<ContainerSpec> {
  const [container] = pod.containers;
  if (container === undefined) {
    throw unsupported('a pod without containers');
  }
  if (pod.hostNetwork !== true) {
    throw unsupported('a pod with its own network');
  }
  const security = { ...pod.securityContext, ...container.securityContext };
  if (security.runAsUser === undefined) {
    throw unsupported("the image's own user");
  }
  return {
    args: [
      ...(container.command ?? image.Entrypoint),
      ...(container.args ?? (container.command === undefined ? image.Cmd : [])),
    ],
    environment: environmentOf(container.env ?? [], image, manifests, node),
    workingDirectory: container.workingDir ?? image.WorkingDir,
    uid: security.runAsUser,
    gid: security.runAsGroup ?? 0,
    supplementaryGroups: security.fsGroup === undefined ? [] : [security.fsGroup],
    capabilities: capabilitiesOf(security.capabilities ?? {}),
    noNewPrivileges: security.allowPrivilegeEscalation === false,
    seccomp: security.seccompProfile?.type === 'RuntimeDefault' ? 'runtime-default' : 'unconfined',
    mounts: await mountsOf(pod, container, manifests, node),
    networkNamespace: node.networkNamespace,
  };
}

function capabilitiesOf({ add = [], drop = [] }: v1.ICapabilities): string[] {
  const kept = drop.includes('ALL')
    ? []
    : DEFAULT_CAPABILITIES.filter((name) => !drop.includes(name));
  return [...new Set([...kept, ...add])];
}

/**
 * Returns the environment: the image's, then the container's, where `$(NAME)` refers to an earlier
 * variable.
 */
function environmentOf(
  variables: readonly v1.IEnvVar[],
  image: ImageConfig,
  manifests: readonly Manifest[],
  node: LabNode,
): Record<string, string> {
  const environment: Record<string, string> = Object.fromEntries(
    image.Env.map((text): [string, string] => {
      const [name = '', ...value] = text.split('=');
      return [name, value.join('=')];
    }),
  );
  for (const { name, value = '', valueFrom } of variables) {
    environment[name] =
      valueFrom === undefined
        ? value.replace(/\$\((\w+)\)/g, (text, other: string) => environment[other] ?? text)
        : referredValue(valueFrom, manifests, node);
  }
  return environment;
}

function referredValue(
  { fieldRef, secretKeyRef }: v1.IEnvVarSource,
  manifests: readonly Manifest[],
  node: LabNode,
): string {
  if (fieldRef?.fieldPath === 'status.hostIP') {
    return node.address;
  }
  if (secretKeyRef === undefined) {
    throw unsupported('this source of a variable');
  }
  const secret = manifests.find(
    (manifest): manifest is Manifest & v1.ISecret =>
      manifest.kind === 'Secret' && manifest.metadata.name === secretKeyRef.name,
  );
  // The user provides a Secret that the chart does not contain, so the lab makes one up.
  const encoded = secret?.data?.[secretKeyRef.key];
  return encoded === undefined
    ? randomBytes(16).toString('hex')
    : Buffer.from(encoded, 'base64').toString();
}

async function mountsOf(
  pod: v1.IPodSpec,
  container: v1.IContainer,
  manifests: readonly Manifest[],
  node: LabNode,
): Promise<BindMount[]> {
  return Promise.all(
    (container.volumeMounts ?? []).map(async ({ name, mountPath, readOnly = false }) => {
      const volume = pod.volumes?.find((candidate) => candidate.name === name);
      if (volume === undefined) {
        throw unsupported(`volume ${name}, which the pod does not have`);
      }
      const source = await volumeSource(volume, pod, manifests, node);
      return { source, destination: mountPath, readOnly };
    }),
  );
}

/** Creates the volume. Returns its folder on the host. */
async function volumeSource(
  volume: v1.IVolume,
  pod: v1.IPodSpec,
  manifests: readonly Manifest[],
  node: LabNode,
): Promise<string> {
  if (volume.hostPath !== undefined) {
    return volume.hostPath.path;
  }
  const directory = join(node.directory, volume.name);
  await mkdir(directory, { recursive: true });
  if (volume.configMap !== undefined) {
    const { name } = volume.configMap;
    const configMap = manifests.find(
      (manifest): manifest is Manifest & v1.IConfigMap =>
        manifest.kind === 'ConfigMap' && manifest.metadata.name === name,
    );
    if (configMap === undefined) {
      throw new LabError('ERR_LAB_POD', `ConfigMap ${name ?? ''} is missing from the manifests`);
    }
    for (const [file, text] of Object.entries(configMap.data ?? {})) {
      await writeFile(join(directory, file), text);
    }
    return directory;
  }
  if (volume.emptyDir === undefined) {
    throw unsupported(`the kind of volume ${volume.name}`);
  }
  const group = pod.securityContext?.fsGroup;
  if (group !== undefined) {
    await chown(directory, group, group);
  }
  return directory;
}

function unsupported(what: string): LabError {
  return new LabError('ERR_LAB_POD', `the lab does not support ${what}`);
}
