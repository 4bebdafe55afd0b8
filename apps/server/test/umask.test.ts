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
      const names = await readdir(directory, { recursive: true });
      expect(names.length).toBeGreaterThan(2);
      for (const name of names) {
        const { mode } = await stat(join(directory, name));
        expect(mode & 0o022, name).toBe(0);
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
