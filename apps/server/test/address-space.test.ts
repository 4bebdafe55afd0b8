import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  addMadeUpSuite,
  createSigningKey,
  type MirrorTree,
  type RunningMirror,
  serveMirror,
} from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { runPxeboot } from './support/pxeboot-command.js';

const GIB = 1024 ** 3;

describe.skipIf(lacks('prlimit'))('a limited address space', () => {
  let directory: string;
  let flags: readonly string[];
  let mirror: RunningMirror;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-address-space-'));
    const keyring = join(directory, 'keyring.asc');
    const key = await createSigningKey();
    await writeFile(keyring, key.publicKey);
    const tree: MirrorTree = new Map();
    await addMadeUpSuite(tree, { codename: 'trixie' }, key);
    mirror = await serveMirror(tree);
    flags = [
      ...['--data-dir', join(directory, 'store'), '--images', 'trixie:amd64:text'],
      ...['--source-kind', 'mirror', '--source-url', mirror.url, '--source-keyring', keyring],
    ];
  });

  afterAll(async () => {
    await mirror.close();
    await rm(directory, { recursive: true });
  });

  it('is refused, with the limit that is needed, before undici would end the process', async () => {
    const prefix = ['prlimit', `--as=${8 * GIB}`];
    const reason =
      'too little address space: expected a limit of at least 24576 MiB, got 8192 MiB\n';
    await expect(RunningDaemon.start(flags, { prefix })).rejects.toThrow(reason);
    const sync = await runPxeboot(['sync', ...flags], { prefix });
    expect(sync.stderr).toContain(reason);
    expect(sync.code).toBe(1);
  });

  it.each([
    ['the limit that is needed', 24, ''],
    ['3 GiB, of which V8 reserves nothing', 3, '--disable-wasm-trap-handler'],
  ])('serves and syncs with %s', async (_title, gibibytes, nodeFlag) => {
    const prefix = ['prlimit', `--as=${gibibytes * GIB}`];
    const env = { NODE_OPTIONS: nodeFlag };
    await using daemon = await RunningDaemon.start(flags, { prefix, env });
    await daemon.logged('images.ready');
    const answer = await fetch(`http://127.0.0.1:${daemon.port('http')}/lpxelinux.0`);
    expect(answer.status).toBe(200);
    // The daemon's next start fetches the images again.
    await daemon[Symbol.asyncDispose]();
    await rm(join(directory, 'store'), { recursive: true });
  });
});
