import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { beforeAll, describe, expect, it } from 'vitest';

import { openStore, verifyStore } from '../src/index.js';
import { createProgramBuilder, supportProgram } from './support/child-program.js';
import { IS_LONG_RUN } from './support/long-run.js';
import {
  afterTest,
  madeUpMirror,
  temporaryDirectory,
  TRIXIE,
  TRIXIE_BOTH,
} from './support/made-up-mirror.js';

const ROUNDS = IS_LONG_RUN ? 300 : 12;

/** Actions of the processes in each round. */
const ACTIONS = ['sync', 'sync', 'prune', 'verify', 'rollback'] as const;

/** Expected results of an action: success, a busy store, or no generation to return to. */
const EXPECTED = new Set(['done', 'ERR_NETBOOT_STORE_BUSY', 'ERR_NETBOOT_NO_GENERATION']);

let program = '';

/** Process that performs actions on a store on request. */
class Actor {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #lines: AsyncIterator<string>;

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = once(this.#child, 'close');
    const lines: Interface = createInterface({ input: this.#child.stdout! });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** Returns the next line, or `undefined` once the process has ended. */
  async line(): Promise<string | undefined> {
    const next = await this.#lines.next();
    return next.done === true ? undefined : next.value;
  }

  async act(name: string, delayMs: number): Promise<string | undefined> {
    this.#child.stdin!.write(`${name} ${delayMs}\n`);
    return this.line();
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

describe('two syncs, a prune, a repair and a rollback, each in its own process', () => {
  beforeAll(async () => {
    const programs = await createProgramBuilder();
    program = await programs.build(supportProgram('race-child.ts'));
    return () => programs.remove();
  }, 300_000);

  it(
    'leave every generation complete and verified, whichever of them is killed',
    async () => {
      const archive = await madeUpMirror(TRIXIE);
      const root = await temporaryDirectory();
      const [directory, keyringFile] = [join(root, 'store'), join(root, 'key.asc')];
      await writeFile(keyringFile, archive.key.publicKey);
      await archive.sync(await openStore(directory), { images: [TRIXIE_BOTH] });
      const start = async (): Promise<Actor> => {
        const actor = new Actor([program, directory, archive.mirror.url, keyringFile]);
        afterTest(() => actor.kill());
        expect(await actor.line()).toBe('ready');
        return actor;
      };
      const actors = await Promise.all(ACTIONS.map(start));
      const results: Record<string, number> = {};
      for (let round = 1; round <= ROUNDS; round += 1) {
        await archive.publish({
          ...TRIXIE,
          build: `2025${String(1000 + round)}`,
          kernel: `6.12.${round}+deb13`,
          date: new Date(Date.UTC(2026, 1, 1, 0, round)),
        });
        const isKilled = round % 4 === 0;
        const killed = Math.floor(Math.random() * actors.length);
        const acts = actors.map((actor, index) => actor.act(ACTIONS[index]!, Math.random() * 400));
        if (isKilled) {
          await sleep(Math.random() * 500);
          await actors[killed]!.kill();
        }
        for (const line of await Promise.all(acts)) {
          const result = line ?? 'killed';
          results[result] = (results[result] ?? 0) + 1;
        }
        if (isKilled) {
          actors[killed] = await start();
        }
        const store = await openStore(directory);
        const reports = await verifyStore({ store, trust: { keyring: archive.keyring } });
        expect(
          reports.flatMap(({ problems }) => problems),
          `round ${round}`,
        ).toEqual([]);
        expect(await store.current(), `round ${round}`).toBeDefined();
      }
      const unexpected = Object.keys(results).filter(
        (result) => result !== 'killed' && !EXPECTED.has(result.split(' ')[1]!),
      );
      expect(unexpected).toEqual([]);
    },
    600_000 + ROUNDS * 20_000,
  );
});
