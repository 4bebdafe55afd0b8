import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { mirrorSource, openStore, parseKeyring } from '@pxe/debian-netboot';
import {
  addMadeUpSuite,
  createSigningKey,
  type MirrorTree,
  type RunningMirror,
  serveMirror,
} from '@pxe/local-mirror';

import { createImageEvents } from '../log/image-events.js';
import { type BootNamespace, createBootNamespace } from '../namespace/boot-namespace.js';
import { createImageService, type ImageService } from './image-service.js';

const OLD = '20250101+deb13u1';
const NEW = '20250601+deb13u2';
const HOUR_MS = 3_600_000;

let directory: string;
let tree: MirrorTree;
let key: Awaited<ReturnType<typeof createSigningKey>>;
let mirror: RunningMirror;
let replicas: Replica[];

interface Replica {
  readonly images: ImageService;
  readonly namespace: BootNamespace;
  /** Number of completed refreshes. */
  readonly refreshes: number;
  /** Changes the `settle` setting, in milliseconds. */
  settle(time: number): void;
}

async function startReplica(settleMs: number): Promise<Replica> {
  const store = await openStore(join(directory, 'store'));
  const namespace = createBootNamespace({ generated: new Map() });
  const keyring = await parseKeyring(key.publicKey);
  let settle = settleMs;
  let refreshes = 0;
  const images = createImageService({
    store,
    settings: () => ({
      source: mirrorSource({ mirrors: [mirror.url] }),
      images: [{ suite: 'trixie', arch: 'amd64', variants: ['text'] }],
      trust: { keyring },
      daily: {},
      interval: 24 * HOUR_MS,
      jitter: 0,
      settle,
    }),
    events: {
      ...createImageEvents(pino({ enabled: false })),
      syncFinished: () => {
        refreshes++;
      },
    },
    onGeneration: (generation) => {
      namespace.use(generation);
    },
    onOthers: (others) => {
      namespace.alsoServe(others);
    },
  });
  await images.load();
  images.start();
  const replica: Replica = {
    images,
    namespace,
    get refreshes() {
      return refreshes;
    },
    settle(time) {
      settle = time;
    },
  };
  replicas.push(replica);
  return replica;
}

/** Returns the build that the menu of a replica offers. */
function offered({ namespace }: Replica): string | undefined {
  return namespace.generation?.manifest.targets[0]?.build;
}

/** Returns the builds whose kernel a replica serves. */
function served({ namespace }: Replica): readonly string[] {
  const client = { transport: 'http', address: '192.0.2.9', localAddress: '192.0.2.1' } as const;
  return [OLD, NEW].filter(
    (build) => namespace.lookup(`/debian/trixie/${build}/amd64/text/linux`, client) !== undefined,
  );
}

async function refresh(replica: Replica): Promise<void> {
  const { images } = replica;
  await expect.poll(() => images.isRefreshing).toBe(false);
  const { refreshes } = replica;
  expect(images.refreshNow()).toBe('started');
  await expect.poll(() => replica.refreshes).toBeGreaterThan(refreshes);
  // The refresh may still be writing to the store.
  await expect.poll(() => images.isRefreshing).toBe(false);
}

async function publishBuild(build: string, date: string): Promise<void> {
  await addMadeUpSuite(tree, { codename: 'trixie', build, date: new Date(date) }, key);
}

describe('images of a newer release', () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-settling-'));
    tree = new Map();
    key = await createSigningKey();
    await publishBuild(OLD, '2026-01-01T00:00:00Z');
    mirror = await serveMirror(tree);
    replicas = [];
  });

  afterEach(async () => {
    await Promise.all(replicas.map(({ images }) => images.stop()));
    await mirror.close();
    await rm(directory, { recursive: true });
  });

  it('are served immediately, and offered once they have settled', async () => {
    const replica = await startReplica(HOUR_MS);
    // There is nothing to offer in the meantime.
    await expect.poll(() => offered(replica)).toBe(OLD);
    await publishBuild(NEW, '2026-02-01T00:00:00Z');
    await refresh(replica);
    expect(offered(replica)).toBe(OLD);
    expect(served(replica)).toEqual([OLD, NEW]);

    replica.settle(0);
    await refresh(replica);
    expect(offered(replica)).toBe(NEW);
    expect(served(replica)).toEqual([OLD, NEW]);
  });

  it('are offered immediately if there is no time to settle', async () => {
    const replica = await startReplica(0);
    await expect.poll(() => offered(replica)).toBe(OLD);
    await publishBuild(NEW, '2026-02-01T00:00:00Z');
    await refresh(replica);
    expect(offered(replica)).toBe(NEW);
  });

  it('do not keep a new replica from serving the previous ones', async () => {
    const replica = await startReplica(0);
    await expect.poll(() => offered(replica)).toBe(OLD);
    await publishBuild(NEW, '2026-02-01T00:00:00Z');
    await refresh(replica);
    const restarted = await startReplica(HOUR_MS);
    expect(offered(restarted)).toBe(NEW);
    expect(served(restarted)).toEqual([OLD, NEW]);
  });

  it('are withdrawn immediately by a rollback', async () => {
    const replica = await startReplica(0);
    await expect.poll(() => offered(replica)).toBe(OLD);
    await publishBuild(NEW, '2026-02-01T00:00:00Z');
    await refresh(replica);
    replica.settle(HOUR_MS);
    await replica.images.rollback(undefined);
    expect(offered(replica)).toBe(OLD);
    expect(served(replica)).toEqual([OLD, NEW]);
  });
});
