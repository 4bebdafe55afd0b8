import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';

/** User that runs nothing else: the limit counts all threads of a user. */
const USER = 64_123;
/** Start of the names of libsql's threads. */
const LIBSQL_THREAD = 'tokio-runtime';

/** Returns the names of the threads of a process. */
function threadsOf(pid: number): string[] {
  const directory = `/proc/${pid}/task`;
  return readdirSync(directory).map((id) => readFileSync(join(directory, id, 'comm'), 'utf8'));
}

describe.skipIf(lacks('prlimit', 'setpriv') || lacksRoot())('a thread limit', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'pxeboot-threads-'));
    chownSync(directory, USER, USER);
  });

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  const start = (...limit: readonly string[]): Promise<RunningDaemon> => {
    const ids = [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'];
    const source = ['--source-kind', 'mirror', '--source-url', 'http://127.0.0.1:9/debian'];
    return RunningDaemon.start(['--data-dir', directory, ...source], {
      prefix: [...limit, 'setpriv', ...ids],
    });
  };

  it('that has no room for the database leaves the boots in memory', async () => {
    let needed: string[] = [];
    {
      await using daemon = await start();
      await expect
        .poll(() => {
          needed = threadsOf(daemon.pid);
          return needed.filter((name) => name.startsWith(LIBSQL_THREAD)).length;
        })
        .toBe(1);
    }
    await using daemon = await start('prlimit', `--nproc=${needed.length - 1}`);
    expect(await daemon.logged('state.unavailable')).toMatchObject({
      reason: 'no-threads',
      msg: expect.stringContaining('ulimit -u') as string,
    });
    const answer = await fetch(`http://127.0.0.1:${daemon.port('admin')}/livez`);
    expect(answer.status).toBe(200);
  });
});
