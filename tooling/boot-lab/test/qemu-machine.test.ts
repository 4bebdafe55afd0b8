import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Program, startProgram } from '../src/process/program.js';
import { QmpClient } from '../src/qmp/qmp-client.js';
import { VgaScreen } from '../src/screen/vga-screen.js';
import { skipWithout } from './support/required-programs.js';

const skipped = skipWithout('qemu-system-x86_64', 'qemu-system-x86 seabios');

/** A PC without disk and network: SeaBIOS soon gives up and says so on the screen. */
const BARE_PC = ['-machine', 'pc', '-accel', 'tcg', '-m', '64', '-nodefaults', '-vga', 'std'];

describe.skipIf(skipped)('a machine in QEMU', { timeout: 60_000 }, () => {
  let directory: string;
  let qemu: Program;
  let monitor: QmpClient;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'boot-lab-test-'));
    const socket = join(directory, 'monitor.sock');
    qemu = await startProgram({
      name: 'qemu',
      command: 'qemu-system-x86_64',
      args: [...BARE_PC, '-display', 'none', '-S', '-qmp', `unix:${socket},server=on,wait=off`],
      logFile: join(directory, 'qemu.log'),
    });
    monitor = await connectPatiently(socket);
  }, 30_000);

  afterAll(async () => {
    monitor.close();
    await qemu.stop();
    await rm(directory, { recursive: true });
  });

  it('shows its screen as text and as a PNG', async () => {
    const screen = new VgaScreen(monitor, directory, true);
    await monitor.execute('cont', {});
    await expect
      .poll(() => readWhenDrawn(screen), { timeout: 30_000, interval: 200 })
      .toContain('No bootable device.');
    const photograph = decode(await readFile(await screen.photograph('given-up')));
    expect(photograph).toMatchObject({ width: 720, height: 400, channels: 3 });
  });

  it('accepts keys, and refuses keys that no keyboard has', async () => {
    const press = (data: string) =>
      monitor.execute('send-key', { keys: [{ type: 'qcode', data }], 'hold-time': 10 });
    expect(await press('down')).toEqual({});
    await expect(press('no-such-key')).rejects.toMatchObject({
      code: 'ERR_LAB_QMP',
      message: expect.stringContaining('no-such-key') as string,
    });
  });

  it('reports its end and refuses further commands', async () => {
    await monitor.execute('quit', {});
    const { value } = await monitor.events.next(
      0,
      ({ event }) => event === 'SHUTDOWN',
      AbortSignal.timeout(10_000),
    );
    expect(value.event).toBe('SHUTDOWN');
    expect(await qemu.exited).toMatchObject({ code: 0, stopped: false });
    await expect(monitor.execute('cont', {})).rejects.toMatchObject({ code: 'ERR_LAB_QMP' });
  });
});

async function connectPatiently(socket: string): Promise<QmpClient> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await QmpClient.connect(socket);
    } catch (error) {
      if (attempt === 100) {
        throw error;
      }
      await sleep(100);
    }
  }
}

/** The VGA BIOS and its font are only in memory once SeaBIOS has copied them there. */
async function readWhenDrawn(screen: VgaScreen): Promise<string> {
  try {
    return (await screen.readText()).join('\n');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
