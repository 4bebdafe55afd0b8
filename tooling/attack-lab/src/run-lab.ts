import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Attack, type AttackSite } from './attack/attack.js';
import { compileForgedDatagrams, type ForgedDatagrams } from './attacker/forged-datagrams.js';
import { type LabCommand } from './command-line.js';
import { startDaemon } from './daemon/daemon.js';
import { type Measurement, meetsTarget } from './figure/figure.js';
import { createLabNetwork, type LabNetwork } from './network/lab-network.js';
import { type Column } from './report/markdown-table.js';
import { fillLabStore, type LabStore } from './store/lab-store.js';

/** A build under attack. */
interface Build {
  readonly title: string;
  readonly main: string;
}

/** Result of a run. */
export interface LabResult {
  readonly columns: readonly Column[];
  /** Targets missed by the build under attack, as text. */
  readonly missed: readonly string[];
  /** Attacks that could not be completed, as text. */
  readonly broken: readonly string[];
}

/**
 * Runs attacks against one build or two, in their own network namespaces and directory, which are removed
 * afterwards.
 */
export async function runLab(command: LabCommand): Promise<LabResult> {
  const directory = await mkdtemp(join(tmpdir(), 'attack-lab-'));
  try {
    await using network = await createLabNetwork(`attack-lab-${process.pid}`);
    const forged = await compileForgedDatagrams(directory);
    const builds: Build[] = [
      ...(command.compare === undefined ? [] : [{ title: 'before', main: command.compare }]),
      { title: command.compare === undefined ? 'figure' : 'after', main: command.daemon },
    ];
    const broken: string[] = [];
    const columns: Column[] = [];
    let store: LabStore | undefined;
    for (const build of builds) {
      // All builds share one mirror; each has a store made by its own `sync`.
      const place = join(directory, build.title);
      await mkdir(place);
      store = await fillLabStore(network, build.main, place, store);
      const measurements: Measurement[] = [];
      for (const attack of command.attacks) {
        const site = siteOf(command, build, attack, network, store, forged, place);
        try {
          await mkdir(site.directory);
          measurements.push(...(await attack.run(site)));
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          broken.push(`${build.title}, ${attack.name}: ${reason}`);
          site.tell(`cannot continue: ${reason}`);
        }
        await network.spreadConnections(1);
      }
      columns.push({ title: build.title, measurements });
    }
    const missed = (columns.at(-1)?.measurements ?? [])
      .filter((measurement) => meetsTarget(measurement, command.margin) === false)
      .map(({ figure }) => figure.title);
    return { columns, missed, broken };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function siteOf(
  { profile }: LabCommand,
  build: Build,
  attack: Attack,
  network: LabNetwork,
  store: LabStore,
  forged: ForgedDatagrams,
  place: string,
): AttackSite {
  const directory = join(place, attack.name);
  let daemons = 0;
  return {
    ...{ network, store, forged, profile, directory, main: build.main },
    start(options = {}) {
      daemons += 1;
      return startDaemon({
        ...{ main: build.main, network, store, directory: join(directory, `daemon-${daemons}`) },
        ...options,
      });
    },
    tell(text) {
      const seconds = Math.round(process.uptime());
      console.error(`[${seconds} s] ${build.title}: ${attack.name}: ${text}`);
    },
  };
}
