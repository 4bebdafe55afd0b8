import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { LabError, runCommand, tryCommand } from '@pxe/lab-host';

/** Store of container images, separate from the host's. */
export interface ImageStore {
  /** True if there is an image of that name. */
  has(tag: string): Promise<boolean>;
  /** Builds an image from a Dockerfile, without contacting a registry. */
  build(options: ImageBuild): Promise<void>;
  /** Configuration of the image, in Docker's terms. */
  inspect(tag: string): Promise<ImageConfig>;
  /**
   * Unpacks the image's files with their owners and attributes into `directory`, which is cleared
   * first.
   */
  unpack(tag: string, directory: string): Promise<UnpackedImage>;
  /** Writes the image to an archive, as `docker save` does. */
  save(tag: string, archive: string): Promise<void>;
  /** Unmounts what buildah leaves mounted in the store, so that its folder can be removed. */
  close(): Promise<void>;
}

/** Image as a registry stores it, and unpacked. */
export interface UnpackedImage {
  /** Root folder of the image. */
  readonly rootfs: string;
  /** OCI layout with the image under the name `image`; for engines to load. */
  readonly layout: string;
  /** Size of each layer as it is downloaded, compressed with gzip, in bytes; the base's come first. */
  readonly layerSizes: readonly number[];
}

/** Inputs of an image build. */
export interface ImageBuild {
  readonly tag: string;
  readonly dockerfile: string;
  /** The folder that `COPY` copies from. */
  readonly context: string;
  readonly arguments?: Readonly<Record<string, string>>;
}

/** Part of Docker's image configuration that the lab reads. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly StopSignal: string;
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/** Returns an image store in `directory`. */
export function openImageStore(directory: string): ImageStore {
  // Build caches (RUN --mount=type=cache) go below this directory, too.
  const env = { ...process.env, TMPDIR: directory };
  const storage = ['--root', join(directory, 'store'), '--runroot', join(directory, 'run')];
  return {
    async has(tag) {
      const { exitCode } = await tryCommand('buildah', [
        ...storage,
        'inspect',
        '--type=image',
        tag,
      ]);
      return exitCode === 0;
    },
    async build({ tag, dockerfile, context, arguments: buildArguments = {} }) {
      await runCommand(
        'buildah',
        [
          ...storage,
          'build',
          // A build step runs as a plain chroot: no engine, no nested containers.
          '--isolation=chroot',
          '--pull=never',
          // The OCI format has no place for HEALTHCHECK.
          '--format=docker',
          ...Object.entries(buildArguments).map(([name, value]) => `--build-arg=${name}=${value}`),
          `--tag=${tag}`,
          `--file=${dockerfile}`,
          context,
        ],
        { env },
      );
    },
    async inspect(tag) {
      const output = await runCommand('buildah', [...storage, 'inspect', '--type=image', tag]);
      return (JSON.parse(output) as { Docker: { config: ImageConfig } }).Docker.config;
    },
    async unpack(tag, target) {
      await rm(target, { recursive: true, force: true });
      await mkdir(target, { recursive: true });
      const layout = join(target, 'layout');
      const bundle = join(target, 'bundle');
      await runCommand('buildah', [...storage, 'push', tag, `oci:${layout}:image`]);
      await runCommand('umoci', ['unpack', '--image', `${layout}:image`, bundle]);
      return { rootfs: join(bundle, 'rootfs'), layout, layerSizes: await layerSizes(layout) };
    },
    async save(tag, archive) {
      await rm(archive, { force: true });
      await runCommand('buildah', [...storage, 'push', tag, `docker-archive:${archive}:${tag}`]);
    },
    async close() {
      for (const path of await mountsBelow(directory)) {
        await runCommand('umount', [path]);
      }
    },
  };
}

/** Reads the compressed layer sizes of the only image in an OCI layout (https://github.com/opencontainers/image-spec). */
async function layerSizes(layout: string): Promise<number[]> {
  const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as {
    manifests: readonly { digest: string }[];
  };
  const [, hash = ''] = index.manifests[0]?.digest.split(':') ?? [];
  const manifest = JSON.parse(await readFile(join(layout, 'blobs/sha256', hash), 'utf8')) as {
    layers: readonly { size: number; mediaType: string }[];
  };
  return manifest.layers.map(({ size, mediaType }) => {
    if (!mediaType.endsWith('+gzip')) {
      throw new LabError('ERR_LAB_PROGRAM', `buildah did not compress a layer: ${mediaType}`);
    }
    return size;
  });
}

/** Returns the mount points below a folder, most recent first. */
async function mountsBelow(directory: string): Promise<string[]> {
  const table = await readFile('/proc/self/mounts', 'utf8');
  return table
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${directory}/`))
    .reverse();
}
