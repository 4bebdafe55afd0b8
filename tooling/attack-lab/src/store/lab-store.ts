import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { environmentWithoutSettings } from '@pxe/lab-host';

import { type LabNetwork } from '../network/lab-network.js';

/** Suites of the store; each has a text and a graphical image. */
export const SUITES = ['trixie', 'bookworm'] as const;
/** Build number of every image in the made-up archive. */
export const BUILD = '20250101+deb13u1';
/** Size of an initrd, in bytes: four of them exceed a chunk cache of 256 MiB. */
export const INITRD_BYTES = 80_000_000;

/** Store with made-up images, and the mirror they came from. */
export interface LabStore {
  readonly directory: string;
  /** Value of `images` in the configuration. */
  readonly images: readonly string[];
  readonly mirrorUrl: string;
  /** File with the key that signs the mirror's suites. */
  readonly keyring: string;
}

const MIRROR_PORT = 8090;
const MIRROR_START_TIMEOUT_MS = 120_000;
const SYNC_TIMEOUT_MS = 300_000;

/**
 * Fills a store with the product's own `sync`, from a mirror in the server's namespace that runs as
 * long as the namespace exists.
 *
 * @param cli - a build's command line, `apps/server/dist/main.cjs`
 * @param other - store of another build, whose mirror is used again
 */
export async function fillLabStore(
  network: LabNetwork,
  cli: string,
  directory: string,
  other: LabStore | undefined,
): Promise<LabStore> {
  const source = other ?? (await startMirror(network, directory));
  const store: LabStore = {
    directory: join(directory, 'store'),
    images: SUITES.map((suite) => `${suite}:amd64:text+gtk`),
    mirrorUrl: source.mirrorUrl,
    keyring: source.keyring,
  };
  await syncStore(network, cli, store);
  return store;
}

async function startMirror(
  network: LabNetwork,
  directory: string,
): Promise<Pick<LabStore, 'mirrorUrl' | 'keyring'>> {
  const keyring = join(directory, 'mirror.asc');
  const mirror = await network.server.start(process.execPath, [
    join(import.meta.dirname, '../../local-mirror/dist/main.js'),
    ...['--made-up', '--suites', SUITES.join(','), '--initrd-bytes', String(INITRD_BYTES)],
    ...['--port', String(MIRROR_PORT)],
  ]);
  // The mirror prints the key that signs its suites, and then its URL.
  const [url = ''] = (await mirror.line(/:\/\//, MIRROR_START_TIMEOUT_MS)).split(' ').slice(-1);
  await writeFile(keyring, `${mirror.stdout.entries.slice(0, -1).join('\n')}\n`);
  return { mirrorUrl: url, keyring };
}

/** Fills a store with `pxeboot sync`. */
export async function syncStore(
  network: LabNetwork,
  cli: string,
  { directory, images, mirrorUrl, keyring }: LabStore,
): Promise<void> {
  await network.server.output(
    process.execPath,
    [
      ...[cli, 'sync', '--data-dir', directory, '--images', images.join(',')],
      ...['--source-kind', 'mirror', '--source-url', mirrorUrl, '--source-keyring', keyring],
    ],
    { timeoutMs: SYNC_TIMEOUT_MS, env: environmentWithoutSettings() },
  );
}

/** Copies a store, so that the copy can be damaged. */
export async function copyStore(store: LabStore, directory: string): Promise<LabStore> {
  // A daemon that serves the store has a socket there, which cannot be copied.
  const filter = (path: string): boolean => !path.endsWith('.sock');
  await cp(store.directory, directory, { recursive: true, filter });
  return { ...store, directory };
}

/** Returns an empty store with the same settings. */
export function emptyStore(store: LabStore, directory: string): LabStore {
  return { ...store, directory };
}

/** Returns the boot HTTP path of an image's file. */
export function imagePath(suite: string, variant: string, file: string): string {
  return `/debian/${suite}/${BUILD}/amd64/${variant}/${file}`;
}

/** Returns the SHA-256 of a file, in hexadecimal. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
