import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { beforeAll, describe, expect } from 'vitest';

import { createProgramBuilder, supportProgram } from './support/child-program.js';
import {
  madeUpMirror,
  type MadeUpMirror,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
  TRIXIE_2,
  TRIXIE_BOTH,
} from './support/made-up-mirror.js';
import { itWith } from './support/requirement.js';

const run = promisify(execFile);
const test = itWith('strace', 'strace');

/** A sync in a process of its own. */
let program = '';

describe('unreadable records', () => {
  beforeAll(async () => {
    const programs = await createProgramBuilder();
    program = await programs.build(supportProgram('sync-child.ts'));
    return () => programs.remove();
  }, 300_000);

  /** Syncs while the kernel cannot read one file. */
  async function syncWithout(archive: MadeUpMirror, store: string, path: string): Promise<void> {
    const keyring = join(await temporaryDirectory(), 'keyring.asc');
    await writeFile(keyring, archive.key.publicKey);
    const inject = ['-e', 'trace=read,pread64', '-e', 'inject=read,pread64:error=EIO'];
    const sync = [process.execPath, program, store, archive.mirror.url, keyring];
    await run('strace', ['-f', '-qq', '-o', '/dev/null', '-P', path, ...inject, ...sync]);
  }

  describe('a sync gets over', { timeout: 300_000 }, () => {
    test.each([
      'current',
      'freshness.json',
      'freshness.json.sha256',
      'generations/OLDER/manifest.json',
      'generations/CURRENT/manifest.json',
      'generations/CURRENT/evidence.json',
      'generations/CURRENT/SHA256SUMS',
    ])('a disk that cannot read %s', async (record) => {
      const archive = await madeUpMirror(TRIXIE);
      const store = await temporaryStore();
      const older = await archive.sync(store, { images: [TRIXIE_BOTH] });
      await archive.publish(TRIXIE_2);
      const current = await archive.sync(store, { images: [TRIXIE_BOTH] });
      const name = record
        .replace('OLDER', older.generation.id)
        .replace('CURRENT', current.generation.id);
      await syncWithout(archive, store.directory, join(store.directory, name));
      const servable = await store.servable();
      expect(servable?.damage).toBeUndefined();
      expect(servable?.generation.manifest.targets.map(({ version }) => version)).toEqual([
        '13.2',
        '13.2',
      ]);
    });
  });
});
