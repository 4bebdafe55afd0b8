import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { lacksPostgres, TestPostgres } from './support/postgres.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { SmallDisk } from './support/small-disk.js';
import { copyTestStore, TEST_STORE } from './support/test-store.js';

const run = promisify(execFile);

/** Boots that do not fit into the free pages of a new database: each takes about a kilobyte. */
const MANY_BOOTS = 60;

/** Boots machines one after another, each with its own address. */
async function bootMachines(daemon: RunningDaemon, first: number): Promise<void> {
  for (let machine = first; machine < first + MANY_BOOTS; machine++) {
    await run('curl', [
      ...['-sS', '-o', '/dev/null', '--max-time', '10', '--interface', `127.0.1.${machine + 1}`],
      `tftp://127.0.0.1:${daemon.port('tftp')}/lpxelinux.0`,
    ]);
  }
}

/** Turns a small disk into a store of images, whose large files stay in the tests' store. */
async function showStore(disk: SmallDisk): Promise<void> {
  await disk.run(
    `cd '${TEST_STORE}'
    cp -a current format* freshness* generations "$0"
    mkdir "$0/blobs" && mount --bind blobs "$0/blobs"`,
  );
}

/** Returns the log lines about the database, as `event` or `event reason`. */
function stateEvents(daemon: RunningDaemon): string[] {
  return daemon.log
    .filter(({ event }) => event?.startsWith('state.'))
    .map(({ event, reason }) => [event, reason].filter(Boolean).join(' '));
}

describe.skipIf(lacks('curl', 'unshare', 'nsenter') || lacksRoot())('a full disk', () => {
  let directory: string;
  let dataDir: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pxeboot-full-disk-'));
    dataDir = join(directory, 'data');
    // PostgreSQL does not run as root, and its user must be able to enter this directory.
    chmodSync(directory, 0o755);
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  /** Fills the disk under a daemon, boots machines, makes room again, and returns what was logged. */
  async function fillAndFree(
    disk: SmallDisk,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<readonly string[]> {
    const { prefix } = disk;
    const listed = async (): Promise<number> => {
      const list = ['boots', '--json', '--limit', '1000', ...args];
      const { stdout, stderr } = await runPxeboot(list, { prefix, env });
      expect(stderr).toBe('');
      return (JSON.parse(stdout) as { boots: unknown[] }).boots.length;
    };
    await using daemon = await RunningDaemon.start(args, { prefix, env });
    await bootMachines(daemon, 0);
    await expect.poll(listed).toBe(MANY_BOOTS);
    await disk.fill();
    await bootMachines(daemon, MANY_BOOTS);
    const line = await daemon.logged('state.unavailable');
    expect(line).toMatchObject({ level: 'warn', reason: 'full' });
    expect(line['msg']).toContain('free some space');
    // Boots in memory are listed, too.
    expect(await listed()).toBe(2 * MANY_BOOTS);
    await disk.free();
    await daemon.logged('state.recovered');
    const events = stateEvents(daemon);
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
    // No daemon runs: this is what the database contains.
    expect(await listed()).toBe(2 * MANY_BOOTS);
    return events;
  }

  it('under the embedded database causes one warning, and loses no boot', async () => {
    await using disk = await SmallDisk.create(dataDir, 4);
    await showStore(disk);
    const args = ['--data-dir', dataDir, '--refresh-interval', '10d'];
    expect(await fillAndFree(disk, args)).toEqual(['state.unavailable full', 'state.recovered']);
  }, 120_000);

  it.each([
    ['too small for a refresh', 512, true],
    ['large enough', 2048, false],
  ])(
    'is what pxeboot doctor finds on a disk that is %s',
    async (_title, megabytes, isFound) => {
      await using disk = await SmallDisk.create(dataDir, megabytes);
      await showStore(disk);
      const args = ['--data-dir', dataDir, '--state', 'off', '--refresh-interval', '10d'];
      await using daemon = await RunningDaemon.start(args, { prefix: disk.prefix });
      const url = `http://127.0.0.1:${daemon.port('admin')}/api/v1/doctor`;
      const doctor = async (): Promise<{ checkedAt?: string; findings: { rule: string }[] }> =>
        (await (await fetch(url)).json()) as { findings: { rule: string }[] };
      await expect.poll(async () => (await doctor()).checkedAt).toBeDefined();
      const rules = (await doctor()).findings.map(({ rule }) => rule);
      expect(rules.includes('disk-full')).toBe(isFound);
    },
    120_000,
  );

  it.skipIf(lacksPostgres())(
    'under PostgreSQL causes one warning, and loses no boot',
    async () => {
      await using disk = await SmallDisk.create(join(directory, 'postgres'), 128);
      await using postgres = await TestPostgres.create(disk);
      const args = ['--data-dir', dataDir, '--refresh-interval', '10d'];
      const env = { PXEBOOT_STATE_URL: postgres.url };
      await copyTestStore(dataDir);
      expect(await fillAndFree(disk, args, env)).toEqual([
        'state.unavailable full',
        'state.recovered',
      ]);
    },
    120_000,
  );
});
