import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  directorySource,
  type ImageStore,
  mirrorSource,
  openStore,
  parseKeyring,
} from '@pxe/debian-netboot';
import { addMadeUpSuite, createSigningKey, type MirrorTree, serveMirror } from '@pxe/local-mirror';

import { createImageEvents } from '../log/image-events.js';
import {
  createImageService,
  type ImageService,
  type ImageServiceOptions,
  type ImageSettings,
} from './image-service.js';

interface Line {
  readonly level: number;
  readonly event: string;
  readonly msg: string;
}

let directory: string;
let store: ImageStore;
let service: ImageService;
let lines: Line[];

describe('image checks', () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-service-'));
    store = await openStore(join(directory, 'store'));
    lines = [];
    service = createImageService(options());
  });

  afterEach(async () => {
    await service.stop();
    await rm(directory, { recursive: true });
  });

  function options(changes: Partial<ImageSettings> = {}): ImageServiceOptions {
    const logger = pino({}, { write: (text: string) => lines.push(JSON.parse(text) as Line) });
    return {
      store,
      settings: () => ({
        source: directorySource(join(directory, 'none')),
        images: [{ suite: 'trixie', arch: 'amd64', variants: ['text'] }],
        trust: {},
        daily: {},
        interval: 60_000,
        jitter: 0,
        settle: 0,
        ...changes,
      }),
      events: createImageEvents(logger),
      onGeneration: () => undefined,
      onOthers: () => undefined,
    };
  }

  async function logged(event: string): Promise<Line> {
    await expect.poll(() => lines.map((line) => line.event)).toContain(event);
    return lines.find((line) => line.event === event)!;
  }

  describe('a sync of the daemon', () => {
    it('leaves a store to another replica that is updating it, without an error', async () => {
      const replica = await (await openStore(store.directory)).beginUpdate();
      try {
        service.start();
        const line = await logged('images.sync-elsewhere');
        expect(line.level).toBe(30);
        expect(line.msg).toMatch(/; checking again in 60 s$/);
        expect(lines.map(({ event }) => event)).not.toContain('images.sync-failed');
        expect(await store.refreshRecord()).toEqual({});
      } finally {
        await replica.close();
      }
    });

    it('repeats a sync soon if a part is missing that machines may need', async () => {
      const key = await createSigningKey();
      const tree: MirrorTree = new Map();
      await addMadeUpSuite(tree, { codename: 'trixie' }, key);
      const mirror = await serveMirror(tree);
      mirror.faults = [{ path: /pxelinux/, fault: { kind: 'status', status: 404 } }];
      const whole = createImageService(
        options({
          source: mirrorSource({ mirrors: [mirror.url] }),
          trust: { keyring: await parseKeyring(key.publicKey) },
          interval: 86_400_000,
        }),
      );
      whole.start();
      try {
        await logged('images.biosLoadersMissing');
        await expect.poll(async () => (await store.refreshRecord()).outcome).toBe('partial');
        const { checkedAt, nextCheckAt } = await store.refreshRecord();
        expect(nextCheckAt!.getTime() - checkedAt!.getTime()).toBeLessThanOrEqual(75_000);
      } finally {
        await whole.stop();
        await mirror.close();
      }
    });

    it('continues if the record of the last one cannot be read', async () => {
      const key = await createSigningKey();
      const tree: MirrorTree = new Map();
      await addMadeUpSuite(tree, { codename: 'trixie' }, key);
      const mirror = await serveMirror(tree);
      const whole = createImageService(
        options({
          source: mirrorSource({ mirrors: [mirror.url] }),
          trust: { keyring: await parseKeyring(key.publicKey) },
          interval: 86_400_000,
        }),
      );
      const record = join(store.directory, 'refresh.json');
      try {
        whole.start();
        await expect.poll(async () => (await store.refreshRecord()).outcome).toBe('complete');
        await rm(record);
        await mkdir(record);
        whole.settingsChanged('schedule');
        await logged('images.store-unreadable');
        await rm(record, { recursive: true });
        expect(whole.refreshNow()).toBe('started');
        await expect.poll(async () => (await store.refreshRecord()).outcome).toBe('complete');
      } finally {
        await whole.stop();
        await mirror.close();
      }
    });

    it('records a failure with the time of the next attempt', async () => {
      service.start();
      const line = await logged('images.sync-failed');
      expect(line.level).toBe(50);
      await expect.poll(async () => (await store.refreshRecord()).outcome).toBe('failed');
      const { checkedAt, nextCheckAt } = await store.refreshRecord();
      const wait = nextCheckAt!.getTime() - checkedAt!.getTime();
      expect(wait).toBeGreaterThanOrEqual(60_000);
      expect(wait).toBeLessThanOrEqual(75_000);
    });
  });
});
