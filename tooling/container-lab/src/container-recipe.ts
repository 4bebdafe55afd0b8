import { type ContainerSpec } from './runtime/container-spec.js';

/**
 * How a container is run by `container-daemon.ts`, as JSON. The mounts, the network and the
 * configuration are those of whoever starts that program.
 */
export interface ContainerRecipe {
  readonly spec: ContainerSpec;
  /** The image's files. */
  readonly rootfs: string;
}
