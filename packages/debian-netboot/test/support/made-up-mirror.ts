import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach } from 'vitest';

import {
  addMadeUpSuite,
  createSigningKey,
  type MadeUpSuite,
  type MirrorTree,
  type RunningMirror,
  serveMirror,
  type SigningKey,
} from '@pxe/local-mirror';

import {
  type ImageSelection,
  type ImageStore,
  type ImageTarget,
  type IndexEvidence,
  type InstallerEvidence,
  type Keyring,
  mirrorSource,
  type MirrorSourceOptions,
  openStore,
  parseKeyring,
  type SyncEvent,
  syncImages,
  type SyncOptions,
  type SyncResult,
} from '../../src/index.js';

/** Resources opened by a test; closed after it in reverse order. */
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) {
    await cleanup();
  }
});

/** Schedules a cleanup after the test. */
export function afterTest(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup);
}

/** Creates a directory that is removed after the test. */
export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'debian-netboot-'));
  afterTest(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Creates a store that is removed after the test. */
export async function temporaryStore(): Promise<ImageStore> {
  return openStore(join(await temporaryDirectory(), 'store'));
}

/** Suite used by most tests: small, but complete. */
export const TRIXIE: MadeUpSuite = { codename: 'trixie' };
/** The same suite after a point release. */
export const TRIXIE_2 = {
  ...TRIXIE,
  version: '13.2',
  build: '20250101+deb13u2',
  kernel: '6.12.2+deb13',
  moduleKernels: ['6.12.1+deb13', '6.12.2+deb13'],
  date: new Date('2026-02-01T00:00:00Z'),
} satisfies MadeUpSuite;
export const BOOKWORM: MadeUpSuite = {
  codename: 'bookworm',
  suite: 'oldstable',
  version: '12.1',
  build: '20230601+deb12u1',
  kernel: '6.1.0-1',
  syslinuxVersion: '3:6.03-1',
  grubHttp: false,
};

export const TRIXIE_TEXT: ImageSelection = { suite: 'trixie', arch: 'amd64', variants: ['text'] };
export const TRIXIE_BOTH: ImageSelection = {
  suite: 'trixie',
  arch: 'amd64',
  variants: ['text', 'gtk'],
};
export const BOOKWORM_TEXT: ImageSelection = {
  suite: 'bookworm',
  arch: 'amd64',
  variants: ['text'],
};

/** Shared key of all tests in a file, since creating one takes time. */
let sharedKey: Promise<SigningKey> | undefined;

export function testKey(): Promise<SigningKey> {
  sharedKey ??= createSigningKey();
  return sharedKey;
}

/** Synthetic archive, served on loopback, with its keyring. */
export interface MadeUpMirror {
  readonly mirror: RunningMirror;
  readonly tree: MirrorTree;
  readonly key: SigningKey;
  readonly keyring: Keyring;
  /** Replaces or adds a suite. */
  publish(suite: MadeUpSuite): Promise<void>;
  /** Syncs a store from this mirror, trusting its key. */
  sync(store: ImageStore, options?: MirrorSync): Promise<SyncResult>;
}

export interface MirrorSync extends Partial<SyncOptions> {
  readonly mirrorOptions?: MirrorSourceOptions;
}

/** Mirror options with quick retries, for tests. */
export const QUICK: MirrorSourceOptions = { retries: 2, retryDelayMs: 5 };

/**
 * Mirror options that soon give up on a silent or slow connection. On a busy machine, any connection may be
 * slow at times.
 */
export const IMPATIENT: MirrorSourceOptions = { retries: 20, speedWindowMs: 500 };

export async function madeUpMirror(...suites: readonly MadeUpSuite[]): Promise<MadeUpMirror> {
  const key = await testKey();
  const tree: MirrorTree = new Map();
  for (const suite of suites) {
    await addMadeUpSuite(tree, suite, key);
  }
  const mirror = await serveMirror(tree);
  afterTest(() => mirror.close());
  const keyring = await parseKeyring(key.publicKey);
  return {
    mirror,
    tree,
    key,
    keyring,
    publish: (suite) => addMadeUpSuite(tree, suite, key),
    sync: (store, { mirrorOptions, trust, ...options } = {}) =>
      syncImages({
        store,
        source: mirrorSource({ ...QUICK, mirrors: [mirror.url], ...mirrorOptions }),
        images: [TRIXIE_TEXT],
        trust: { keyring, ...trust },
        ...options,
      }),
  };
}

/** Returns the number of requests for matching files. */
export function requestsFor(archive: MadeUpMirror, path: RegExp): number {
  return archive.mirror.requests.filter((request) => path.test(request.path)).length;
}

/** Returns a listener that collects the events of a sync. */
export function recordEvents(): {
  readonly events: SyncEvent[];
  readonly onEvent: (event: SyncEvent) => void;
} {
  const events: SyncEvent[] = [];
  return {
    events,
    onEvent: (event) => {
      events.push(event);
    },
  };
}

/** Returns the SHA256SUMS that an installer was accepted with. */
export function checksumListOf({ proof }: InstallerEvidence): IndexEvidence {
  if (proof.kind === 'package') {
    throw new Error('it was accepted by its package');
  }
  return proof.checksumList;
}

/** Returns the name of an image, as in `trixie amd64 text`. */
export function nameOf({ suite, arch, variant }: ImageTarget): string {
  return `${suite} ${arch} ${variant}`;
}
