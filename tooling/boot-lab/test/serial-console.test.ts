import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { followSerialLog, type SerialConsole } from '../src/machine/serial-console.js';
import { fixture } from './support/fixture.js';

describe('followSerialLog', () => {
  let directory: string;
  let file: string;
  let serial: SerialConsole;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'boot-lab-test-'));
    file = join(directory, 'serial.log');
    serial = await followSerialLog(file);
  });

  afterEach(async () => {
    await serial.close();
    await rm(directory, { recursive: true });
  });

  it('finds words that arrive in pieces, with terminal control between', async () => {
    const signal = AbortSignal.timeout(120_000);
    const found = serial.waitFor(/Select a language/, signal);
    await appendFile(file, 'booting\r\n\x1b[3');
    await appendFile(file, '1mSelect a lan');
    await appendFile(file, '\x1b[0mguage');
    expect(await found).toEqual({
      matched: 'Select a language',
      end: 'booting\nSelect a language'.length,
    });
  });

  it('reassembles characters that a write cuts in two', async () => {
    const letters = Buffer.from('Größe');
    await appendFile(file, letters.subarray(0, 3));
    await serial.waitFor(/Gr/, AbortSignal.timeout(120_000));
    await appendFile(file, letters.subarray(3));
    const { matched } = await serial.waitFor(/Gr..e/u, AbortSignal.timeout(120_000));
    expect(matched).toBe('Größe');
  });

  it('searches only after the given position', async () => {
    await appendFile(file, fixture('installer-dialog.serial'));
    const signal = AbortSignal.timeout(120_000);
    const { end } = await serial.waitFor(/Starting system log daemon/, signal);
    expect((await serial.waitFor(/English/, signal, end)).end).toBeGreaterThan(end);
    const again = serial.waitFor(/Starting system log daemon/, AbortSignal.timeout(50), end);
    await expect(again).rejects.toThrow('timeout');
  });
});
