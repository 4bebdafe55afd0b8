import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readStoredBoots } from '../src/state/stored-boots.js';
import { type LogLine, RunningDaemon } from './support/daemon.js';
import { lacksPostgres, TestPostgres } from './support/postgres.js';
import { storedSqliteBoots } from './support/state-engines.js';
import { copyTestStore } from './support/test-store.js';

/**
 * Kills per engine. `PXEBOOT_KILLS=50` is the long form, which takes some minutes:
 * `PXEBOOT_KILLS=50 node tooling/workspace/pnpm.js exec vitest run apps/server/test/state-kills.test.ts`.
 */
const KILLS = Number(process.env['PXEBOOT_KILLS'] ?? 3);
const MAX_LOSS_MS = 1_000;
/**
 * Tolerance in milliseconds for a daemon that waits for its processor, in addition to the pauses that its
 * clients see.
 */
const BUSY_MS = 500;
/** Minimum number of boots before a kill. */
const MIN_BOOTS = 20;

let machines = 0;

/** Fetches a file from a loopback address that has not been used before, which makes it a separate boot. */
async function bootOnce(port: number): Promise<string> {
  machines += 1;
  const localAddress = `127.${1 + (machines >> 16)}.${(machines >> 8) & 255}.${machines & 255}`;
  const request = get({ host: '127.0.0.1', port, path: '/menu.ipxe', localAddress, agent: false });
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  response.resume();
  await once(response, 'end');
  return localAddress;
}

/**
 * Boots machines until the daemon is gone; returns when each had its file.
 *
 * @param isDue - resolves when the daemon may be killed
 */
async function bootUntilKilled(
  daemon: RunningDaemon,
  isDue: () => Promise<unknown>,
): Promise<Served> {
  const served = new Map<string, number>();
  const clients = Array.from({ length: 4 }, async () => {
    for (;;) {
      served.set(await bootOnce(daemon.port('http')), Date.now());
      await delay(10);
    }
  });
  // Each client ends with the daemon.
  const ended = Promise.allSettled(clients);
  await isDue();
  while (served.size < MIN_BOOTS) {
    await delay(10);
  }
  daemon.signal('SIGKILL');
  const killedAt = Date.now();
  expect(await daemon.ended()).toBeNull();
  await ended;
  return { served, killedAt };
}

interface Served {
  readonly served: ReadonlyMap<string, number>;
  readonly killedAt: number;
}

/** Returns the longest time in which no machine was served, because the machine was busy with other things. */
function longestPauseMs({ served, killedAt }: Served): number {
  const times = [...served.values(), killedAt].toSorted((one, other) => one - other);
  return Math.max(...times.slice(1).map((time, index) => time - times[index]!));
}

/**
 * Returns how old the oldest boot that is not stored was at the kill, in milliseconds; 0 if all are stored.
 */
function lossMs({ served, killedAt }: Served, stored: ReadonlySet<string>): number {
  const lost = [...served].filter(([address]) => !stored.has(address)).map(([, at]) => at);
  return lost.length === 0 ? 0 : killedAt - Math.min(...lost);
}

function isStateLine({ event }: LogLine): boolean {
  return event?.startsWith('state.') === true;
}

/**
 * Returns true for a log line about the database, except those about a PostgreSQL that answered late because the
 * machine was busy, if no boot was lost meanwhile.
 */
function isPostgresTrouble(line: LogLine): boolean {
  const { event, reason, lostBoots } = line;
  const isLate =
    (event === 'state.unavailable' && reason === 'unreachable') ||
    (event === 'state.recovered' && lostBoots === 0);
  return isStateLine(line) && !isLate;
}

describe('a daemon that is killed at any time', () => {
  let directory: string;
  let dataDir: string;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pxeboot-state-kills-'));
    dataDir = join(directory, 'data');
    await copyTestStore(dataDir);
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  /** Kills a daemon again and again, and compares what it stored with what its clients received. */
  async function killAgainAndAgain(
    env: Readonly<Record<string, string>>,
    stored: () => Promise<readonly { readonly address: string }[] | undefined>,
    afterKill: (kill: number) => Promise<void>,
    isTrouble: (line: LogLine) => boolean,
  ): Promise<void> {
    const storedAddresses = async (): Promise<ReadonlySet<string>> =>
      new Set(((await stored()) ?? []).map(({ address }) => address));
    const losses: number[] = [];
    let pauseMs = 0;
    let boots = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const daemon = await RunningDaemon.start(['--data-dir', dataDir], { env });
      const result = await bootUntilKilled(daemon, async () => {
        // The first daemon stores some boots in any case, however busy the machine is.
        while (kill === 0 && (await storedAddresses()).size <= 2 * KILLS) {
          await delay(100);
        }
        await delay(200 + ((kill * 397) % 1_900));
      });
      await afterKill(kill);
      const addresses = await storedAddresses();
      losses.push(lossMs(result, addresses));
      pauseMs = Math.max(pauseMs, longestPauseMs(result));
      // Boots stored before one kill are still stored after the next.
      expect(addresses.size).toBeGreaterThanOrEqual(boots);
      boots = addresses.size;
      expect(daemon.log.filter(isTrouble)).toEqual([]);
    }
    expect(boots).toBeGreaterThan(2 * KILLS);
    const sorted = losses.toSorted((one, other) => one - other);
    process.stdout.write(
      `${KILLS} kills, ${boots} boots stored; lost at most ${sorted.at(-1)} ms, median ${sorted[KILLS >> 1]} ms\n`,
    );
    expect(sorted.at(-1)).toBeLessThan(MAX_LOSS_MS + BUSY_MS + 3 * pauseMs);
  }

  it(
    'loses at most its last second in SQLite, and never the database',
    async () => {
      await killAgainAndAgain(
        {},
        () => storedSqliteBoots(join(dataDir, 'state.db')),
        () => Promise.resolve(),
        isStateLine,
      );
    },
    KILLS * 60_000,
  );

  it.skipIf(lacksPostgres())(
    'loses at most its last second in PostgreSQL, which is killed now and then as well',
    async () => {
      await using postgres = await TestPostgres.create();
      const state = { url: postgres.url };
      await killAgainAndAgain(
        { PXEBOOT_STATE_URL: postgres.url },
        () => readStoredBoots({ dataDir, state }),
        async (kill) => {
          if (kill % 5 === 1) {
            await postgres.stop('immediate');
            await postgres.start();
          }
        },
        isPostgresTrouble,
      );
    },
    KILLS * 60_000 + 60_000,
  );
});
