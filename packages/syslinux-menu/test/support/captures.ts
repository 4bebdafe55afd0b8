import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type ParsedSyslinux, parseSyslinux } from '../../src/index.js';

const CAPTURES = join(import.meta.dirname, '../captures');

/** Output of a real menu program, and the keys pressed. */
export interface Capture {
  readonly name: string;
  readonly about: string;
  readonly screen: 'text' | 'graphics';
  /** True if the countdown runs. */
  readonly counting: boolean;
  readonly stream: string;
  /**
   * For each moment: the keys pressed since the previous one, and the number of bytes written until this one.
   */
  readonly moments: readonly { readonly keys: readonly string[]; readonly bytes: number }[];
  readonly parsed: ParsedSyslinux;
}

/** Returns every capture in test/captures. */
export function loadCaptures(): readonly Capture[] {
  return readdirSync(CAPTURES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => loadCapture(entry.name));
}

function loadCapture(name: string): Capture {
  const directory = join(CAPTURES, name);
  const scenario = readJson(join(directory, 'scenario.json')) as {
    about: string;
    counting?: boolean;
    fixture?: string;
  };
  const { moments } = readJson(join(directory, 'capture.json')) as Pick<Capture, 'moments'>;
  const tftp = join(directory, 'tftp');
  const folders = [tftp, join(CAPTURES, '../fixtures', scenario.fixture ?? 'none')];
  const text = readFileSync(join(tftp, 'pxelinux.cfg/default'), 'utf8');
  const parsed = parseSyslinux(text, {
    resolveInclude: (file) => {
      const path = folders.map((folder) => join(folder, file)).find(existsSync);
      return path === undefined ? undefined : readFileSync(path, 'utf8');
    },
    // QEMU's first card and the addresses of its user network.
    appended: {
      bootif: 'BOOTIF=01-52-54-00-12-34-56',
      ip: 'ip=10.0.2.15:10.0.2.2:10.0.2.2:255.255.255.0',
    },
  });
  return {
    name,
    about: scenario.about,
    screen: /^UI menu/im.test(text) ? 'text' : 'graphics',
    counting: scenario.counting === true,
    stream: readFileSync(join(directory, 'stream.serial'), 'latin1'),
    moments,
    parsed,
  };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
