import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { provideLoaders } from './loaders.js';
import { Machine } from './machine.js';
import { readScenario } from './scenario.js';

const BOOT_TIMEOUT_MS = 90_000;
const QUIET_MS = 1500;
const COUNTING_WAIT_MS = 3000;

/** The menu program clears the screen before it draws for the first time. */
const CLEAR_SCREEN = '\u001b[2J';

/** Record of a capture, stored with the stream. */
interface CaptureRecord {
  /**
   * For each moment: the keys pressed since the previous one, and the number of bytes until then.
   * The first moment is before any key.
   */
  readonly moments: readonly { readonly keys: readonly string[]; readonly bytes: number }[];
}

/**
 * Boots one capture's menu and writes `stream.serial`, `capture.json` and, if requested, `screen.png` next to
 * its `scenario.json`. Everything else in the capture's `tftp` folder is served.
 */
export async function capture(directory: string, workDirectory: string): Promise<void> {
  const scenario = await readScenario(directory);
  const temporary = await mkdtemp(join(tmpdir(), 'menu-capture-'));
  const tftp = join(temporary, 'tftp');
  await provideLoaders(tftp, workDirectory);
  for (const [name, loader] of Object.entries(scenario.links ?? {})) {
    await mkdir(dirname(join(tftp, name)), { recursive: true });
    await copyFile(join(tftp, loader), join(tftp, name));
  }
  if (scenario.fixture !== undefined) {
    await cp(join(directory, '../../fixtures', scenario.fixture), tftp, { recursive: true });
  }
  await cp(join(directory, 'tftp'), tftp, { recursive: true });
  const machine = await Machine.start({ tftp, bootFile: 'pxelinux.0', directory: temporary });
  try {
    const settle = (): Promise<void> =>
      scenario.counting === true ? sleep(COUNTING_WAIT_MS) : machine.settle(QUIET_MS);
    await machine.waitFor([CLEAR_SCREEN], BOOT_TIMEOUT_MS);
    await settle();
    const moments = [{ keys: [] as readonly string[], bytes: (await machine.serial()).length }];
    for (const keys of scenario.steps) {
      await machine.press(keys);
      await settle();
      moments.push({ keys, bytes: (await machine.serial()).length });
    }
    const record: CaptureRecord = { moments };
    await writeFile(join(directory, 'stream.serial'), await machine.serial());
    await writeFile(join(directory, 'capture.json'), `${JSON.stringify(record, null, 2)}\n`);
    if (scenario.screenshot === true) {
      await machine.screenshot(join(directory, 'screen.png'));
    }
  } finally {
    await machine[Symbol.asyncDispose]();
    await rm(temporary, { recursive: true });
  }
}
