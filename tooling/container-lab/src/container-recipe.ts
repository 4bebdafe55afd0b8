import { type ContainerSpec } from './runtime/container-spec.js';

/**
 * Recipe of `container-daemon.ts` for running a container, as JSON. The mounts, the network and the
 * configuration are those of the calling process.
 */
export interface ContainerRecipe {
  readonly spec: ContainerSpec;
  /** The image's files. */
  readonly rootfs: string;
}
