import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { convertMenuFile, parseMenuFile } from '../src/cli/index.js';
import { unattendedBoot } from '../src/index.js';
import { splitArguments, unquotedArgument } from '../src/model/arguments.js';

// Recordings of the real pxelinux, GRUB and iPXE, each with a menu or its conversion and without a key press. The
// kernels are tiny programs that print their command line; the boot sector of the disk prints `[disk]`.

const CONVERSIONS = join(import.meta.dirname, 'conversions');

interface Conversion {
  readonly about: string;
  readonly file: string;
  readonly directory: string;
  /** Seconds from a loader's first word to the first program; null if nothing started. */
  readonly seconds: Readonly<Record<LoaderName, number | null>>;
}

const LOADERS = ['pxelinux', 'grub', 'ipxe'] as const;

type LoaderName = (typeof LOADERS)[number];

function load(name: string): Conversion {
  const directory = join(CONVERSIONS, name);
  const json = (file: string): unknown =>
    JSON.parse(readFileSync(join(directory, file), 'utf8')) as unknown;
  return {
    ...(json('scenario.json') as { about: string }),
    directory,
    file: join(directory, 'tftp/pxelinux.cfg/default'),
    seconds: json('seconds.json') as Conversion['seconds'],
  };
}

/** Returns the result of a loader: the arguments of a kernel, split as the kernel does, or the disk. */
function started(conversion: Conversion, loader: LoaderName): readonly string[] | undefined {
  const stream = readFileSync(join(conversion.directory, `${loader}.serial`), 'latin1');
  const line = /\[((?:BOOT_IMAGE|initrd|entry|disk).*)\]\n/.exec(stream)?.[1];
  if (line === undefined) {
    return undefined;
  }
  return (
    splitArguments(line)
      .map(unquotedArgument)
      // Each loader adds the names of its files in a different place.
      .filter((word) => !/^(?:BOOT_IMAGE|initrd)=/.test(word))
  );
}

function modelStarts({ file, directory }: Conversion): {
  readonly starts: readonly string[] | undefined;
  readonly seconds: number;
} {
  const { menu } = parseMenuFile(file, { root: join(directory, 'tftp') });
  const boot = unattendedBoot(menu);
  if (boot === undefined) {
    return { starts: undefined, seconds: 0 };
  }
  const { entry, seconds } = boot;
  const args = entry.type === 'linux' ? (entry.args ?? '') : 'disk';
  return { starts: splitArguments(args).map(unquotedArgument), seconds };
}

describe('a converted menu behaves like the original if no key is pressed', () => {
  for (const name of readdirSync(CONVERSIONS)) {
    const conversion = load(name);
    const { starts, seconds } = modelStarts(conversion);
    const isLeftOut = name === 'default-left-out';

    it(`${name}: ${conversion.about}`, () => {
      const real = Object.fromEntries(LOADERS.map((one) => [one, started(conversion, one)]));
      expect(real).toEqual({
        // GRUB and iPXE leave the default out. The module that it runs is missing here, so pxelinux starts
        // nothing either.
        pxelinux: isLeftOut ? undefined : starts,
        grub: isLeftOut ? undefined : starts,
        ipxe: isLeftOut ? undefined : starts,
      });
      // Emulated machines are late rather than early.
      const times = LOADERS.map((one) => conversion.seconds[one]).filter((time) => time !== null);
      expect(times.every((time) => time >= seconds - 0.5)).toBe(true);
    });

    it(`${name}: the captures show what is written now`, () => {
      const root = join(conversion.directory, 'tftp');
      for (const [dialect, file] of [
        ['grub', 'grub.cfg'],
        ['ipxe', 'menu.ipxe'],
      ] as const) {
        const { bytes } = convertMenuFile(conversion.file, dialect, { root });
        const kept = join(conversion.directory, file);
        expect(existsSync(kept)).toBe(true);
        expect(Buffer.from(bytes).toString()).toBe(readFileSync(kept, 'utf8'));
      }
    });
  }

  it('counts down in GRUB for the time that the menu sets', () => {
    for (const name of readdirSync(CONVERSIONS)) {
      const conversion = load(name);
      const stream = readFileSync(join(conversion.directory, 'grub.serial'), 'latin1');
      const shown = /executed automatically in (\d+)s/.exec(stream)?.[1];
      if (shown === undefined) {
        continue;
      }
      expect(Number(shown), name).toBe(Math.ceil(modelStarts(conversion).seconds));
    }
  });
});
