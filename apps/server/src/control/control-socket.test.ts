import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { followsLinks } from '@pxe/test-host';

import { createBootJournal } from '../machines/boot-journal.js';
import { createControlSocket } from './control-socket.js';
import { controlSocketPath } from './socket-path.js';

describe('control socket', () => {
  const parts = { journal: createBootJournal(), fetchStatus: () => undefined };
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-control-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('replaces one that a killed daemon has left behind, and module resolution still works afterwards', async () => {
    const path = controlSocketPath(directory);
    const killed = "server.listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
    spawnSync(process.execPath, ['-e', `const server = net.createServer(); ${killed}`, path]);
    expect(existsSync(path)).toBe(true);
    const socket = await createControlSocket(directory, parts, () => undefined);
    expect(followsLinks()).toBe(true);
    await socket.close();
  });
});
