import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Qemu, startProgram, startQemu } from '@pxe/lab-host';
import { lacks } from '@pxe/test-host';

import { VgaScreen } from '../src/screen/vga-screen.js';

/** A PC without a disk or a network: SeaBIOS soon gives up and says so on the screen. */
const BARE_PC = ['-machine', 'pc', '-accel', 'tcg', '-m', '64', '-nodefaults', '-vga', 'std'];

describe.skipIf(lacks('qemu-system-x86_64'))('a machine in QEMU', () => {
  let directory: string;
  let qemu: Qemu;

  const start = (...args: readonly string[]): Promise<Qemu> =>
    startQemu({ emulator: 'qemu-system-x86_64', args, directory, start: startProgram });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'boot-lab-test-'));
    qemu = await start(...BARE_PC, '-display', 'none', '-S');
  });

  afterAll(async () => {
    await qemu[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it('shows its screen as text and as a PNG', async () => {
    const screen = new VgaScreen(qemu, directory, 'VGA BIOS');
    await qemu.monitor.execute('cont', {});
    await expect
      .poll(() => readWhenDrawn(screen), { interval: 200 })
      .toContain('No bootable device.');
    const photograph = decode(await readFile(await screen.photograph('given-up')));
    expect(photograph).toMatchObject({ width: 720, height: 400, channels: 3 });
  });

  it('accepts keys, and refuses keys that no keyboard has', async () => {
    await qemu.press(['down'], 10, 0);
    await expect(qemu.press(['no-such-key'], 10, 0)).rejects.toMatchObject({
      code: 'ERR_LAB_QMP',
      message: expect.stringContaining('no-such-key') as string,
    });
  });

  it('refuses further commands after its end', async () => {
    await qemu.monitor.execute('quit', {});
    expect(await qemu.program.exited).toMatchObject({ code: 0, stopped: false });
    await expect(qemu.monitor.execute('cont', {})).rejects.toMatchObject({ code: 'ERR_LAB_QMP' });
  });

  it('says why it does not start', async () => {
    await expect(start('-machine', 'none-such')).rejects.toMatchObject({
      code: 'ERR_LAB_PROGRAM',
      message: expect.stringContaining('unsupported machine type') as string,
    });
  });
});

/** Reads the text of the screen. The VGA BIOS and its font are only in memory once SeaBIOS has copied them there. */
async function readWhenDrawn(screen: VgaScreen): Promise<string> {
  try {
    return (await screen.readText()).join('\n');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
