import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { RunningDaemon } from './support/daemon.js';

describe('umask', () => {
  it('creates a store that only its owner can write, even with umask 000', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pxeboot-umask-'));
    const prefix = ['sh', '-c', 'umask 000 && exec "$0" "$@"'];
    const args = ['--data-dir', join(directory, 'store'), '--source-kind', 'directory'];
    try {
      await using daemon = await RunningDaemon.start([...args, '--source-path', '/nonexistent'], {
        prefix,
      });
      await daemon.logged('images.sync-failed');
      // Includes what exists only while the daemon runs, such as its socket.
      expect(await othersMayWrite(directory)).toEqual([]);
      daemon.signal('SIGKILL');
      await daemon.ended();
      expect((await readdir(directory, { recursive: true })).length).toBeGreaterThan(2);
      expect(await othersMayWrite(directory)).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

/**
 * Returns the files and directories that anyone but their owner may write; a running daemon may remove some
 * meanwhile.
 */
async function othersMayWrite(directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  const entries = await ifThere(readdir(directory));
  for (const name of entries ?? []) {
    const path = join(directory, name);
    const status = await ifThere(stat(path));
    if (status !== undefined && (status.mode & 0o022) !== 0) {
      found.push(path);
    }
    if (status?.isDirectory() === true) {
      found.push(...(await othersMayWrite(path)));
    }
  }
  return found;
}

/** Returns the result of a file operation; undefined if the file is gone. */
async function ifThere<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}
