import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { type ParsedSyslinux, parseSyslinux, renderSyslinux } from '../src/index.js';

const STARTS = join(import.meta.dirname, 'starts');

interface Start {
  readonly name: string;
  readonly about: string;
  readonly parsed: ParsedSyslinux;
  /** Serial output of the real pxelinux, up to the first file that it started. */
  readonly stream: string;
}

function load(name: string): Start {
  const directory = join(STARTS, name);
  const file = (path: string): Uint8Array => readFileSync(join(directory, 'tftp', path));
  const { about } = JSON.parse(readFileSync(join(directory, 'scenario.json'), 'utf8')) as {
    about: string;
  };
  const parsed = parseSyslinux(file('pxelinux.cfg/default'), {
    resolveInclude: (path) => (existsSync(join(directory, 'tftp', path)) ? file(path) : undefined),
  });
  return { name, about, parsed, stream: readFileSync(join(directory, 'stream.serial'), 'latin1') };
}

const starts = readdirSync(STARTS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => load(name));

/** Returns the first screen of the real program, and what it started without a key. */
function observed({ stream }: Start): { shows: string; starts: string | undefined } {
  const loading = /Loading (\S+?)\.\.\. |(Booting from local disk)|(Boot sector)/.exec(stream);
  const before = stream.slice(0, loading?.index);
  const prompt = before.indexOf('boot: ');
  const menu = before.indexOf('\u001b[2J');
  const shows =
    menu >= 0 && (prompt < 0 || menu < prompt) ? 'menu' : prompt >= 0 ? 'prompt' : 'boot';
  return { shows, starts: loading?.[1] ?? loading?.[2] ?? loading?.[3] };
}

/** Time for which the real program was observed, in milliseconds. */
const OBSERVED_MS = 20_000;

/**
 * Returns the file that boots without a key press, under the name that the real program gives when starting
 * it.
 */
function expectedStart({ parsed }: Start): string | undefined {
  const { unattended } = parsed.start;
  if (unattended.type === 'wait' || unattended.afterMs > OBSERVED_MS) {
    return undefined;
  }
  const words = unattended.commandLine.split(' ');
  if (words[0] === '.localboot') {
    return 'Booting from local disk';
  }
  return words[0]?.startsWith('.') === true ? words[1] : words[0];
}

/** Programs that pxelinux starts without printing anything about them. */
const SILENT = ['suffix-bin', 'suffix-0'];

describe('the first screen, and the entry that boots without a key press, are those of the real pxelinux', () => {
  for (const start of starts) {
    it(`${start.name}: ${start.about}`, () => {
      const { parsed } = start;
      if (SILENT.includes(start.name)) {
        expect(parsed.start.shows).toBe('boot');
        expect(start.stream).not.toContain('Loading');
        return;
      }
      const { shows } = parsed.start;
      expect({ shows, starts: expectedStart(start) }).toEqual(observed(start));
    });

    it(`${start.name}: is unchanged after rendering and parsing`, () => {
      const { menu, start: before } = parseSyslinux(
        renderSyslinux(start.parsed.menu, {
          ...(start.parsed.start.program === undefined ? {} : { ui: start.parsed.start.program }),
        }),
      );
      const after = parseSyslinux(renderSyslinux(menu)).menu;
      expect(after).toStrictEqual(menu);
      const { unattended } = start.parsed.start;
      expect(before.unattended.type).toBe(isBootable(start) ? unattended.type : 'wait');
    });
  }
});

/** Returns true if the unattended boot happens within a day. */
function isBootable({ parsed: { start } }: Start): boolean {
  return start.unattended.type === 'boot' && start.unattended.afterMs <= 86_400_000;
}
