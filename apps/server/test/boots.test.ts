import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { imageFolder } from './support/boot-traffic.js';
import { RunningDaemon } from './support/daemon.js';
import { runPxeboot, startPxeboot } from './support/pxeboot-command.js';
import { storedBoots } from './support/stored-boots.js';
import { copyTestStore } from './support/test-store.js';

const run = promisify(execFile);

const MAC = '52:54:00:12:34:56';
const UUID = '1b2f5c1e-83a0-4b8f-a9d7-0c9d6c3f0a11';
const COOKIES = `_Syslinux_BOOTIF=01-52-54-00-12-34-56; _Syslinux_SYSUUID=${UUID}`;

/** Sends the requests of a boot with lpxelinux.0, with curl in place of the firmware. */
async function bootAsBios(daemon: RunningDaemon): Promise<void> {
  const tftp = `tftp://127.0.0.1:${daemon.port('tftp')}`;
  const http = `http://127.0.0.1:${daemon.port('http')}`;
  const curl = (...args: string[]): Promise<unknown> =>
    run('curl', ['-sS', '-o', '/dev/null', ...args]);
  await curl('--tftp-blksize', '1432', `${tftp}/lpxelinux.0`);
  await curl('--tftp-blksize', '1408', `${tftp}/ldlinux.c32`);
  await curl(`${tftp}/pxelinux.cfg/01-52-54-00-12-34-56`).catch(() => undefined);
  await curl(`${tftp}/pxelinux.cfg/default`);
  const folder = await imageFolder(daemon, 'trixie', 'text');
  for (const file of ['linux', 'initrd.gz']) {
    await curl('-H', `Cookie: ${COOKIES}`, `${http}${folder}/${file}`);
  }
}

describe.skipIf(lacks('curl'))('pxeboot boots', () => {
  let directory: string;
  let dataDir: string;
  let daemon: RunningDaemon;

  const boots = (...args: string[]): ReturnType<typeof runPxeboot> =>
    runPxeboot(['boots', '--data-dir', dataDir, ...args]);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-boots-'));
    dataDir = join(directory, 'data');
    await copyTestStore(dataDir);
    daemon = await RunningDaemon.start(['--data-dir', dataDir]);
    await bootAsBios(daemon);
    await daemon.logged('boot.ended');
  }, 120_000);

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  it('lists the machine, its firmware and how far it got', async () => {
    const { code, stdout, stderr } = await boots();
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/52:54:00:12:34:56 .*127\.0\.0\.1 .*BIOS amd64 .*installer of trixie/);
  });

  it('shows each step of one machine, by any of its names', async () => {
    for (const name of [MAC, '52-54-00-12-34-56', UUID, '127.0.0.1']) {
      const { stdout } = await boots(name);
      expect(stdout).toMatch(/loader +TFTP \/lpxelinux\.0, [\d.]+ kB in [\d.]+ s\n/);
      expect(stdout).toMatch(
        /initrd +HTTP \/debian\/trixie\/\S+\/initrd\.gz, [\d.]+ MB in [\d.]+ s\n/,
      );
      expect(stdout).toContain('started the installer of trixie');
    }
    expect((await boots('52:54:00:00:00:99')).stdout).toContain('no boots of 52:54:00:00:00:99');
  });

  it('prints JSON for programs', async () => {
    const { stdout } = await boots('--json', '--limit', '1');
    expect(JSON.parse(stdout)).toMatchObject({
      boots: [{ mac: MAC, uuid: UUID, outcome: 'installer', proven: true }],
    });
  });

  it('knows the size of each file, however much of it the machine received', async () => {
    const folder = await imageFolder(daemon, 'trixie', 'text');
    const from = (address: string, ...args: string[]): Promise<unknown> =>
      run('curl', [
        ...['-sS', '-o', '/dev/null', '--interface', address, ...args],
        `http://127.0.0.1:${daemon.port('http')}${folder}/initrd.gz`,
      ]).catch(() => undefined);
    await from('127.0.0.8', '--range', '0-999999');
    await from('127.0.0.9', '--limit-rate', '1M', '--max-time', '1');
    await from('127.0.0.10', '--head');
    const { boots: list } = JSON.parse((await boots('--json')).stdout) as {
      boots: { address: string; stages: { name: string; bytes: number; size: number }[] }[];
    };
    const initrds = list.flatMap(({ address, stages }) =>
      stages
        .filter(({ name }) => name === 'initrd')
        .map(({ bytes, size }) => ({ address, bytes, size })),
    );
    const [{ size } = { size: 0 }] = initrds.filter(({ address }) => address === '127.0.0.1');
    expect(size).toBeGreaterThan(10_000_000);
    expect(initrds).toContainEqual({ address: '127.0.0.1', bytes: size, size });
    expect(initrds).toContainEqual({ address: '127.0.0.8', bytes: 1_000_000, size });
    const whole = `${(size / 1_000_000).toPrecision(3)} MB`;
    expect((await boots('127.0.0.8')).stdout).toContain(`initrd.gz, 1 MB of ${whole} in `);
    expect((await boots('127.0.0.9')).stdout).toMatch(
      new RegExp(`initrd\\.gz, [\\d.]+ [kM]?B of ${whole} in [\\d.]+ s, interrupted`),
    );
    expect((await boots('127.0.0.10')).stdout).toMatch(
      new RegExp(`initrd\\.gz, ${whole} in [\\d.]+ s, size only`),
    );
  });

  it('logs the result of the boot', () => {
    const line = daemon.log.find(({ event }) => event === 'boot.ended');
    expect(line).toMatchObject({ level: 'info', mac: MAC, outcome: 'installer', firmware: 'bios' });
    expect(line?.['msg']).toContain('started the installer of trixie');
  });

  it('names a wrong boot file, with its fix', async () => {
    await run('curl', [
      ...['-sS', '-o', '/dev/null', '--tftp-no-options'],
      `tftp://127.0.0.1:${daemon.port('tftp')}/undionly.kpxe`,
    ]).catch(() => undefined);
    const { stdout } = await boots();
    expect(stdout).toContain('DHCP names undionly.kpxe, iPXE for BIOS');
    expect(stdout).toContain('pxeboot dhcp');
  });

  it("recognises a Raspberry Pi by its boot ROM's requests", async () => {
    // A Raspberry Pi 4, as in traces/faults/raspberry-pi-4.jsonl.
    for (const file of ['d9780558/start4.elf', 'config.txt', 'start4.elf', 'start.elf']) {
      await run('curl', [
        ...['-sS', '-o', '/dev/null', '--tftp-blksize', '1024', '--interface', '127.0.0.6'],
        `tftp://127.0.0.1:${daemon.port('tftp')}/${file}`,
      ]).catch(() => undefined);
    }
    const { stdout } = await boots('127.0.0.6');
    expect(stdout).toContain('a Raspberry Pi requests its firmware');
    // A name that only begins like one of these files does not identify a Raspberry Pi.
    await run('curl', [
      ...['-sS', '-o', '/dev/null', '--interface', '127.0.0.7'],
      `tftp://127.0.0.1:${daemon.port('tftp')}/start4.elf.sig`,
    ]).catch(() => undefined);
    expect((await boots('127.0.0.7')).stdout).toContain('no boots of 127.0.0.7');
  });

  it('names a wrong boot file over HTTP, and a client outside access.allow over TFTP', async () => {
    const strictData = join(directory, 'strict');
    await copyTestStore(strictData);
    await using strict = await RunningDaemon.start([
      ...['--data-dir', strictData, '--access-allow', '127.0.0.2/32'],
    ]);
    await run('curl', [
      ...['-sS', '-o', '/dev/null', '--interface', '127.0.0.2'],
      `http://127.0.0.1:${strict.port('http')}/ipxe.efi`,
    ]);
    await run('curl', [
      ...['-sS', '-o', '/dev/null', '--max-time', '1'],
      `tftp://127.0.0.1:${strict.port('tftp')}/lpxelinux.0`,
    ]).catch(() => undefined);
    const { stdout } = await runPxeboot(['boots', '--data-dir', strictData]);
    expect(stdout).toContain('DHCP names ipxe.efi');
    expect(stdout).toContain('127.0.0.1 is outside access.allow');
  });

  it('follows boots as they happen', async () => {
    const child = startPxeboot(['boots', '--data-dir', dataDir, '--follow', '--json']);
    const lines = createInterface({ input: child.stdout! });
    const seen: string[] = [];
    lines.on('line', (line) => seen.push(line));
    while (!seen.some((line) => line.includes('"ended"'))) {
      await bootAsBios(daemon);
      await delay(500);
    }
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(JSON.parse(seen.at(-1)!)).toMatchObject({ boot: { address: '127.0.0.1' } });
  });

  it('answers only its own user', async () => {
    const { mode } = await stat(join(dataDir, 'pxeboot.sock'));
    expect(mode & 0o777).toBe(0o600);
  });

  it('leaves the socket to the daemon that owns it, and keeps serving', async () => {
    await using second = await RunningDaemon.start(['--data-dir', dataDir]);
    const line = await second.logged('state.unavailable');
    expect(line).toMatchObject({ level: 'info', reason: 'other-daemon' });
    expect((await boots()).stdout).toContain(MAC);
  });

  it('shows the history after a crash, with and without a daemon', async () => {
    const other = join(directory, 'crashed');
    await copyTestStore(other);
    const args = ['boots', '--data-dir', other];
    const first = await RunningDaemon.start(['--data-dir', other]);
    await bootAsBios(first);
    await first.logged('boot.ended');
    await expect.poll(() => storedBoots(other)).toMatchObject([{ outcome: 'installer' }]);
    await first[Symbol.asyncDispose]();
    expect((await runPxeboot(args)).stdout).toMatch(/52:54:00:12:34:56 .*installer of trixie/);
    expect((await runPxeboot([...args, '--state', 'off'])).code).toBe(4);
    const lost = await runPxeboot(args, { env: { TMPDIR: '/proc/none' } });
    expect(lost.stderr).toBe(
      `pxeboot: no daemon is running for ${other}, and the stored boots cannot be read: cannot create a directory in /proc/none (ENOENT)\n  set TMPDIR to a directory that this user can write to\n`,
    );

    await using second = await RunningDaemon.start(['--data-dir', other]);
    const before = (await runPxeboot([...args, '--json'])).stdout;
    expect(JSON.parse(before)).toMatchObject({ boots: [{ mac: MAC, outcome: 'installer' }] });
    await bootAsBios(second);
    await second.logged('boot.ended');
    const after = JSON.parse((await runPxeboot([...args, '--json'])).stdout) as {
      boots: { id: number }[];
    };
    expect(after.boots).toHaveLength(2);
    expect(after.boots[0]!.id).toBeGreaterThan(after.boots[1]!.id);
  });

  it('says what to do if no daemon is running, even after one was killed', async () => {
    const other = join(directory, 'other');
    await copyTestStore(other);
    const killed = await RunningDaemon.start(['--data-dir', other, '--state', 'off']);
    await killed[Symbol.asyncDispose]();
    const { code, stderr } = await runPxeboot(['boots', '--data-dir', other]);
    expect(code).toBe(4);
    expect(stderr).toContain(`no daemon is running for ${other}`);
    expect(stderr).toContain('start "pxeboot serve"');
    await using again = await RunningDaemon.start(['--data-dir', other]);
    expect((await runPxeboot(['boots', '--data-dir', other])).stdout).toContain('no boots yet');
    expect(again.stderr).toBe('');
  });
});
