import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openStore } from '@pxe/debian-netboot';
import {
  addMadeUpSuite,
  createSigningKey,
  type MirrorTree,
  type RunningMirror,
  serveMirror,
} from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';

/** System call of a sync. */
interface Calls {
  readonly calls: string;
  /** Number of calls per thread that succeed first. */
  readonly after: number;
  /** Possible errors: the first is always injected, all with PXEBOOT_LONG_TESTS=true. */
  readonly errors: readonly [string, ...string[]];
}

const FAULTS: readonly Calls[] = [
  { calls: 'fsync,fdatasync', after: 3, errors: ['EIO', 'ENOSPC', 'EDQUOT'] },
  { calls: 'rename,renameat,renameat2', after: 3, errors: ['ENOSPC', 'EIO', 'EROFS'] },
  { calls: 'pwrite64,pwritev,pwritev2', after: 0, errors: ['ENOSPC', 'EIO', 'EDQUOT', 'EFBIG'] },
  { calls: 'unlink,unlinkat', after: 0, errors: ['EIO', 'EROFS'] },
];

const isLong = process.env['PXEBOOT_LONG_TESTS'] === 'true';

describe.skipIf(lacks('strace'))(
  'a daemon survives a fault in its first sync, and has its images afterwards',
  { timeout: 120_000, concurrent: true },
  () => {
    let directory: string;
    let keyring: string;
    let mirror: RunningMirror;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'pxeboot-sync-faults-'));
      keyring = join(directory, 'keyring.asc');
      const key = await createSigningKey();
      await writeFile(keyring, key.publicKey);
      const tree: MirrorTree = new Map();
      await addMadeUpSuite(tree, { codename: 'trixie' }, key);
      mirror = await serveMirror(tree);
    });

    afterAll(async () => {
      await mirror.close();
      await rm(directory, { recursive: true });
    });

    it.each(
      FAULTS.flatMap(({ calls, after, errors }) =>
        errors.slice(0, isLong ? undefined : 1).map((error) => ({ calls, after, error })),
      ),
    )('$calls: $error', async ({ calls, after, error }) => {
      const store = join(directory, `${calls}-${error}`);
      const trace = join(directory, `${calls}-${error}.trace`);
      const args = [
        ...['--data-dir', store, '--images', 'trixie:amd64:text'],
        ...['--source-kind', 'mirror', '--source-url', mirror.url, '--source-keyring', keyring],
      ];
      // Create the store first: a daemon that cannot do so exits.
      await openStore(store);
      {
        const injection = `inject=${calls}:error=${error}:when=${after + 1}+`;
        // With -D the started process is the daemon itself, which can be ended.
        const flags = ['-D', '-f', '-qq', '-o', trace, '-e', `trace=${calls}`, '-e', injection];
        const prefix = ['strace', ...flags];
        await using daemon = await RunningDaemon.start(args, { prefix });
        await Promise.race([daemon.logged('images.sync-failed'), daemon.logged('images.ready')]);
        const live = await fetch(`http://127.0.0.1:${daemon.port('admin')}/livez`);
        expect(live.status).toBe(200);
      }
      expect(await readFile(trace, 'utf8')).toContain('(INJECTED)');
      await using daemon = await RunningDaemon.start(args);
      await daemon.logged('images.ready');
      const answer = await fetch(`http://127.0.0.1:${daemon.port('http')}/lpxelinux.0`);
      expect(answer.status).toBe(200);
    });
  },
);
