import { copyFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { provideLoaders } from './loaders.js';
import { Machine } from './machine.js';

const BOOT_TIMEOUT_MS = 90_000;

/** Time limit for a program that starts without a key press, in milliseconds. */
const OBSERVED_MS = 22_000;

/** Messages from pxelinux when it starts a program. */
const STARTED = ['... ', 'Booting from local disk', 'Boot sector'];

/**
 * Boots the configuration of a capture without pressing a key, and writes `stream.serial` next to
 * its `scenario.json`: the output of pxelinux until it starts a program.
 */
export async function captureStart(directory: string, workDirectory: string): Promise<void> {
  const temporary = await mkdtemp(join(tmpdir(), 'menu-start-'));
  const tftp = join(temporary, 'tftp');
  await provideLoaders(tftp, workDirectory);
  await cp(join(directory, 'tftp'), tftp, { recursive: true });
  const machine = await Machine.start({ tftp, bootFile: 'pxelinux.0', directory: temporary });
  try {
    await machine.waitFor(['PXELINUX'], BOOT_TIMEOUT_MS);
    await machine.watch(STARTED, OBSERVED_MS);
    await copyFile(machine.serialFile, join(directory, 'stream.serial'));
  } finally {
    await machine[Symbol.asyncDispose]();
    await rm(temporary, { recursive: true });
  }
}
