import { setTimeout as sleep } from 'node:timers/promises';

import { LabError } from '@pxe/lab-host';

import { type CapturedPacket } from '../capture/captured-packet.js';
import { readHttpExchanges } from '../capture/http-exchanges.js';
import { readTftpTransfers } from '../capture/tftp-transfers.js';
import { normalisePath } from '../capture/transfer-accounting.js';
import { type Display } from '../machine/display.js';
import { type Key } from '../machine/machine.js';
import { findKeyPath } from '../menu/key-path.js';
import { type MenuDialect } from '../menu/menu-dialect.js';
import { type BootMenu, type MenuEntry } from '../menu/menu-entry.js';
import { BOOT_HTTP_PORT } from '../network/boot-http-port.js';
import { type Boot } from './boot.js';
import { type Stage } from './stage.js';

const LOOK_INTERVAL_MS = 300;
/** Number of entries that fit on the first page of any menu. */
const ENTRIES_TO_SEE = 8;

/** Returns a stage that waits until the machine shows every entry of the menu that it downloaded. */
export function menuShown(dialect: MenuDialect, deadlineMs = 20_000): Stage {
  return {
    name: 'menu shown',
    deadlineMs,
    async run(boot, signal) {
      const { entries } = await fetchedMenu(boot, dialect, signal);
      await displayShows(boot.machine.display, entries, signal);
      const photograph = await boot.machine.screen.photograph('menu');
      return `${entries.length} entries, ${photograph}`;
    },
  };
}

/**
 * Returns a stage that waits until the machine shows all entries of the menu that it downloaded except one,
 * and fails if it shows that one.
 *
 * @param id - label of the entry, which the menu hides on this machine
 */
export function entryHidden(dialect: MenuDialect, id: string, deadlineMs = 60_000): Stage {
  return {
    name: 'entry hidden',
    deadlineMs,
    async run(boot, signal) {
      const { entries } = await fetchedMenu(boot, dialect, signal);
      const hidden = entries.find((entry) => entry.id === id);
      if (hidden === undefined) {
        throw new LabError('ERR_LAB_STAGE', `the menu has no entry ${id} to hide`);
      }
      const { display, screen } = boot.machine;
      const others = entries.filter((entry) => entry !== hidden);
      await displayShows(display, others, signal);
      const photograph = await screen.photograph('menu');
      const lines = (await display.readText()).map(comparable);
      if (lines.some((line) => line.includes(comparable(hidden.text)))) {
        throw new LabError('ERR_LAB_STAGE', `the machine shows "${hidden.text}": ${photograph}`);
      }
      return `${others.length} entries without "${hidden.text}", ${photograph}`;
    },
  };
}

/** Returns a stage that waits until the machine's screen shows a text. */
export function screenShows(name: string, text: string, deadlineMs: number): Stage {
  return {
    name,
    deadlineMs,
    async run({ machine: { screen } }, signal) {
      for (;;) {
        const lines = await screen.readText();
        const line = lines.find((candidate) => candidate.includes(text));
        if (line !== undefined) {
          return `"${line.trim()}", ${await screen.photograph(name)}`;
        }
        throwIfAborted(signal, `the screen does not show "${text}"`);
        await sleep(LOOK_INTERVAL_MS);
      }
    },
  };
}

/** Returns a stage that presses keys blindly, group by group, each after a pause. */
export function keysAfterPause(groups: readonly (readonly Key[])[], pauseMs: number): Stage {
  return {
    name: 'keys sent',
    deadlineMs: groups.length * (pauseMs + 10_000),
    async run(boot, signal) {
      for (const keys of groups) {
        await sleep(pauseMs, undefined, { signal });
        await boot.machine.pressKeys(keys);
      }
      return groups.flat().join(' ');
    },
  };
}

/** Time that an emulated machine needs to draw, in milliseconds. */
const DRAWING_MS = 6_000;

/** Returns a stage that keeps a screenshot, for a screen whose text cannot be read. */
export function photographed(name: string): Stage {
  return {
    name,
    deadlineMs: 20_000,
    async run(boot, signal) {
      await sleep(DRAWING_MS, undefined, { signal });
      return boot.machine.screen.photograph(name);
    },
  };
}

/**
 * Returns a stage that chooses an entry with the keyboard, and opens the submenus that lead to it.
 *
 * @param id - the entry's label
 */
export function entryChosen(dialect: MenuDialect, id: string, deadlineMs = 30_000): Stage {
  return {
    name: 'keys sent',
    deadlineMs,
    async run(boot, signal) {
      const { machine } = boot;
      const path = findKeyPath(await fetchedMenu(boot, dialect, signal), id);
      for (const [depth, { keys, screen }] of path.entries()) {
        await displayShows(machine.display, screen, signal);
        await machine.pressKeys(keys);
        if (depth > 0) {
          await machine.screen.photograph(`submenu-${depth}`);
        }
        machine.display.turnPage();
        await machine.pressKeys(['ret']);
      }
      return path.map(({ entry }) => entry.text).join(' > ');
    },
  };
}

/**
 * Returns the menu as sent to this machine, from the packet capture: it may depend on the host and the
 * loader. Waits for it, since tcpdump writes a moment after the daemon logs.
 */
async function fetchedMenu(
  boot: Boot,
  dialect: MenuDialect,
  signal: AbortSignal,
): Promise<BootMenu> {
  for (;;) {
    const configuration = fetchedFile(await boot.capture.read(), dialect);
    if (configuration !== undefined) {
      return dialect.read(Buffer.from(configuration).toString('utf8'));
    }
    throwIfAborted(signal, 'no menu in the capture');
    await sleep(LOOK_INTERVAL_MS);
  }
}

/** Returns the loader's configuration, fetched over either protocol; undefined if there is none yet. */
function fetchedFile(
  capture: readonly CapturedPacket[],
  dialect: MenuDialect,
): Uint8Array | undefined {
  const transfer = readTftpTransfers(capture).findLast(
    ({ file, outcome }) => outcome === 'completed' && dialect.isConfiguration(normalisePath(file)),
  );
  if (transfer !== undefined) {
    return transfer.content();
  }
  const exchange = readHttpExchanges(capture, BOOT_HTTP_PORT).findLast(
    ({ method, path, status, complete }) =>
      method === 'GET' && status === 200 && complete && dialect.isConfiguration(path),
  );
  return exchange?.body;
}

async function displayShows(
  display: Display,
  entries: readonly MenuEntry[],
  signal: AbortSignal,
): Promise<void> {
  const expected = entries.slice(0, ENTRIES_TO_SEE).map(({ text }) => comparable(text));
  for (;;) {
    const lines = (await display.readText()).map(comparable);
    const missing = expected.find((text) => !lines.some((line) => line.includes(text)));
    if (missing === undefined) {
      return;
    }
    throwIfAborted(signal, `the machine does not show "${missing}"`);
    await sleep(LOOK_INTERVAL_MS);
  }
}

/** Reports what was missing when a deadline passes; other errors are rethrown. */
function throwIfAborted(signal: AbortSignal, missing: string): void {
  const { reason } = signal as { reason: unknown };
  if (reason instanceof LabError && reason.code === 'ERR_LAB_DEADLINE') {
    throw new LabError('ERR_LAB_DEADLINE', `${missing}, ${reason.message}`, { cause: reason });
  }
  signal.throwIfAborted();
}

/** Returns the part of a text to compare: ASCII, which the screen reader can read, without frames. */
function comparable(text: string): string {
  return text.replace(/[^\x21-\x7e]+/g, ' ').trim();
}
