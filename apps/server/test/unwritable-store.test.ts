// A data directory that the daemon cannot write: without images, it would serve nothing, and wait forever.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { copyTestStore } from './support/test-store.js';

const AS_ANOTHER_USER = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

describe.skipIf(lacks('setpriv', 'unshare') || lacksRoot())('a store that is not writable', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pxeboot-unwritable-'));
    chmodSync(directory, 0o755);
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const onReadOnlyMount = (): readonly string[] => [
    ...['unshare', '-m', 'sh', '-e', '-c'],
    'mount --bind "$0" "$0"; mount -o remount,ro,bind "$0"; exec "$@"',
    directory,
  ];

  it.each([
    [
      'of another user',
      () => AS_ANOTHER_USER,
      'no permission to use ',
      'give it to this user (chown)',
    ],
    [
      'on a read-only mount',
      onReadOnlyMount,
      'is on a read-only file system',
      'mount it for writing',
    ],
    ['below a read-only mount', onReadOnlyMount, 'is on a read-only file system', 'mount it for'],
  ])('ends the daemon with the remedy if it is empty: %s', async (name, prefix, reason, remedy) => {
    const dataDir = name.startsWith('below') ? join(directory, 'new/store') : directory;
    const { code, stderr } = await runPxeboot(
      [
        ...['serve', '--data-dir', dataDir, '--tftp-listen', '127.0.0.1:0', '--syslog', 'off'],
        ...['--http-listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'],
      ],
      { prefix: prefix() },
    );
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr).toContain(remedy);
  });

  it('is served if it has images', async () => {
    const dataDir = join(directory, 'store');
    await copyTestStore(dataDir);
    await using daemon = await RunningDaemon.start(['--data-dir', dataDir], {
      prefix: AS_ANOTHER_USER,
    });
    expect(await daemon.logged('images.store-read-only')).toMatchObject({
      msg: expect.stringContaining('without refreshing them') as string,
    });
  });
});
