import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { beforeAll, describe, expect, it } from 'vitest';

import { contentOf } from '@pxe/local-mirror';

import { type GenerationManifest, openStore, verifyStore } from '../src/index.js';
import { createProgramBuilder, supportProgram } from './support/child-program.js';
import { IS_LONG_RUN } from './support/long-run.js';
import {
  afterTest,
  madeUpMirror,
  type MadeUpMirror,
  temporaryDirectory,
  TRIXIE,
  TRIXIE_BOTH,
} from './support/made-up-mirror.js';

/** Number of random points, and number of step boundaries, at which a sync of each store is killed. */
const POINTS = IS_LONG_RUN ? 200 : 6;

/**
 * Time limit in milliseconds: each point needs one sync that is killed and one that repairs the store, and
 * machines may be slow.
 */
const TIMEOUT = 300_000 + POINTS * 60_000;

const IMAGES = [TRIXIE_BOTH];

const NEXT = {
  ...TRIXIE,
  build: '20250202+deb13u2',
  kernel: '6.12.2+deb13',
  syslinuxVersion: '3:6.05-1',
  date: new Date('2026-02-02T00:00:00Z'),
};

/** Path of the program that is killed. */
let program = '';

describe('kill', () => {
  beforeAll(async () => {
    const programs = await createProgramBuilder();
    program = await programs.build(supportProgram('sync-child.ts'));
    return () => programs.remove();
  }, 300_000);

  interface Setting {
    readonly archive: MadeUpMirror;
    readonly keyringFile: string;
    /** Initial store: with the previous generation, or empty. */
    readonly before: string;
    /** Manifest of the previous generation in that store; `undefined` if the store is empty. */
    readonly oldManifest: GenerationManifest | undefined;
  }

  async function prepare(hasGeneration: boolean): Promise<Setting> {
    const archive = await madeUpMirror(TRIXIE);
    const directory = await temporaryDirectory();
    const before = join(directory, 'before');
    const store = await openStore(before);
    const old = hasGeneration ? await archive.sync(store, { images: IMAGES }) : undefined;
    await archive.publish(NEXT);
    const keyringFile = join(directory, 'key.asc');
    await writeFile(keyringFile, archive.key.publicKey);
    return { archive, keyringFile, before, oldManifest: old?.generation.manifest };
  }

  /** Starts a sync in a copy of the store. */
  async function startSync(
    { archive, keyringFile, before }: Setting,
    boundary = 0,
  ): Promise<{
    directory: string;
    started: Promise<void>;
    ended: Promise<string>;
    kill: () => void;
  }> {
    const directory = join(await temporaryDirectory(), 'store');
    await cp(before, directory, { recursive: true });
    const args = [program, directory, archive.mirror.url, keyringFile, String(boundary)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    afterTest(() => Promise.resolve(child.kill('SIGKILL')));
    let output = '';
    const started = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('started')) {
          resolve();
        }
      });
    });
    const ended = once(child, 'close').then(() => output);
    return { directory, started, ended, kill: () => child.kill('SIGKILL') };
  }

  /** Returns the number of bytes present in each partial file, by hash. */
  async function partialLengths(directory: string): Promise<ReadonlyMap<string, number>> {
    const lengths = new Map<string, number>();
    for (const name of await readdir(directory)) {
      lengths.set(name, (await stat(join(directory, name))).size);
    }
    return lengths;
  }

  /** Checks the invariants of a store whose writer was killed. */
  async function checkStore(
    { archive, oldManifest }: Setting,
    directory: string,
  ): Promise<'old' | 'new' | 'none'> {
    const store = await openStore(directory);
    const current = await store.current();
    const build = current?.manifest.targets[0]?.build;
    if (current === undefined) {
      expect(oldManifest).toBeUndefined();
    } else {
      // There is one complete generation, and every byte matches what was signed.
      const isOld = build === oldManifest?.targets[0]?.build;
      expect(isOld || build === NEXT.build).toBe(true);
      if (isOld) {
        expect(current.manifest).toEqual(oldManifest);
      }
      const verify = { store, generations: [current], trust: { keyring: archive.keyring } };
      expect((await verifyStore(verify))[0]?.problems).toEqual([]);
    }
    const had = new Set(await readdir(join(directory, 'blobs', 'sha256'), { recursive: true }));
    const partials = await partialLengths(join(directory, 'partial'));
    archive.mirror.requests.splice(0);
    const { generation } = await archive.sync(store, { images: IMAGES });
    expect(generation.manifest.targets.map((target) => target.build)).toEqual([
      NEXT.build,
      NEXT.build,
    ]);
    for (const { path, sentBytes } of archive.mirror.requests) {
      if (path.endsWith('/InRelease') || sentBytes === 0) {
        continue;
      }
      const hash = createHash('sha256')
        .update(await contentOf(archive.tree.get(path)!))
        .digest('hex');
      expect(had.has(join(hash.slice(0, 2), hash)), `${path} was fetched again`).toBe(false);
      // Downloads of installer files resume; small indexes and packages start again.
      if (!path.includes('/images/netboot/')) {
        continue;
      }
      const missing = archive.tree.get(path)!.size - (partials.get(hash) ?? 0);
      expect(sentBytes, `${path}: bytes that were present`).toBeLessThanOrEqual(missing);
    }
    expect(await readdir(join(directory, 'tmp'))).toEqual([]);
    expect(await readdir(join(directory, 'partial'))).toEqual([]);
    if (current === undefined) {
      return 'none';
    }
    return build === NEXT.build ? 'new' : 'old';
  }

  describe.each([
    ['with a generation', true],
    ['that is new', false],
  ])('a store %s', (_what, hasGeneration) => {
    it(
      'is intact after its writer was killed at any time',
      async () => {
        const setting = await prepare(hasGeneration);
        const whole = await startSync(setting);
        await whole.started;
        const start = performance.now();
        await whole.ended;
        const duration = performance.now() - start;
        const found = new Set<string>();
        const count = Math.ceil(POINTS / 2);
        for (let point = 0; point < count; point += 1) {
          const sync = await startSync(setting);
          await sync.started;
          await Promise.race([sleep(Math.random() * duration * 1.1), sync.ended]);
          sync.kill();
          await sync.ended;
          found.add(await checkStore(setting, sync.directory));
        }
        process.stdout.write(`killed at ${count} random points, found: ${[...found].join(', ')}\n`);
        expect(found.size).toBeGreaterThan(0);
      },
      TIMEOUT,
    );

    it(
      'is intact after its writer was killed right before any step that makes a change durable or visible',
      async () => {
        const setting = await prepare(hasGeneration);
        const whole = await startSync(setting);
        const steps = Number((await whole.ended).trim().split('\n').at(-1));
        expect(steps).toBeGreaterThan(40);
        const found = new Set<string>();
        const count = Math.min(steps, POINTS);
        for (let point = 1; point <= count; point += 1) {
          // The points are spread over all steps, including the last one.
          const sync = await startSync(setting, Math.ceil((point * steps) / count));
          await sync.ended;
          found.add(await checkStore(setting, sync.directory));
        }
        process.stdout.write(`killed at ${count} of ${steps} steps\n`);
        expect(found).toEqual(new Set([hasGeneration ? 'old' : 'none', 'new']));
      },
      TIMEOUT,
    );
  });
});
