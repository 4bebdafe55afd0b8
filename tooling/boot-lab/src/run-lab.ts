import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { expectFile, ownIdentity } from '@pxe/lab-host';

import { hungMachine } from './capture/hung-machine.js';
import { type DaemonUnderTest } from './daemon/daemon-under-test.js';
import { removeLeftovers } from './leftovers.js';
import { LAB_NETWORK } from './network/lab-network.js';
import { CAPTURE_FILE } from './network/packet-capture.js';
import { checkPrerequisites } from './prerequisites.js';
import { formatRunName } from './run-name.js';
import { runScenario } from './run-scenario.js';
import { type Scenario } from './scenario/scenario.js';
import { type StageRecord } from './stage/stage.js';
import { LAB_IMAGES, type StoreContent } from './store/store-content.js';

/** A scenario and the store it runs against. */
export interface LabRun {
  readonly scenario: Scenario;
  readonly content: StoreContent;
}

/** Options of a lab run. */
export interface LabOptions {
  readonly runs: readonly LabRun[];
  /** Number of runs of each scenario. */
  readonly repeat: number;
  /** Maximum number of machines that boot concurrently. */
  readonly jobs: number;
  /** Store with all images. */
  readonly store: string;
  /** Mirror for stores with a single release; undefined for the host's own mirrors. */
  readonly mirror: string | undefined;
  /** Entry file of the built command-line program, `apps/server/dist/main.cjs`. */
  readonly cli: string;
  readonly daemon: DaemonUnderTest;
  /** Delay added to each round trip by the cable, in milliseconds. */
  readonly roundTripMs: number;
  /** Factor for every deadline. */
  readonly patience: number;
  readonly keep: boolean;
  /** Directory for the requests of each run that passed, as the boot journal saw them. @default none */
  readonly record: string | undefined;
}

interface NumberedRun extends LabRun {
  readonly title: string;
  /** Number of the repetition, from 1. */
  readonly sequence: number;
}

/**
 * Runs scenarios, and reports each stage on standard output.
 *
 * @param signal - stops the current and later runs
 * @returns number of runs that failed or were not started
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` before anything is started
 */
export async function runLab(options: LabOptions, signal: AbortSignal): Promise<number> {
  await checkPrerequisites(options.runs.map(({ scenario }) => scenario));
  await expectFile(options.cli, 'build it with `npm run build`');
  await expectFile(options.store, `fill it: ${fillCommand(options.store)}`);
  for (const name of await removeLeftovers()) {
    console.log(`removed leftovers of an earlier run: ${name}`);
  }

  const owner = await ownIdentity();
  const runs = numbered(options);
  const waiting = [...runs];
  let passed = 0;
  let failed = 0;
  const workers = Array.from({ length: options.jobs }, async () => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      if (signal.aborted) {
        return;
      }
      const nameOf = (sequence: number): string => formatRunName(owner, sequence);
      let result = await attempt(run, options, nameOf(run.sequence), signal);
      if (result === 'hung') {
        console.log(`${run.title}  is run once more, since no server can cause that`);
        result = await attempt(run, options, nameOf(runs.length + run.sequence), signal);
      }
      if (result === 'passed') {
        passed += 1;
      } else {
        failed += 1;
      }
    }
  });
  await Promise.all(workers);
  const skipped = runs.length - passed - failed;
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} not run` : ''}`);
  return failed + skipped;
}

/** Returns a hint with the command that downloads every image used by the scenarios. */
function fillCommand(store: string): string {
  const images = LAB_IMAGES.join(',');
  return `npm run -s pxeboot -- sync --data-dir ${store} --images ${images}, or give --store`;
}

function numbered({ runs, repeat }: LabOptions): NumberedRun[] {
  const repeated = runs.flatMap(({ scenario, content }) => {
    const name = content === 'all' ? scenario.name : `${scenario.name}@${content}`;
    return Array.from({ length: repeat }, (_, index) => ({
      scenario,
      content,
      title: repeat === 1 ? name : `${name} #${index + 1}`,
    }));
  });
  return repeated.map((run, index) => ({ ...run, sequence: index + 1 }));
}

/** Runs a scenario; the result is `hung` if it failed because the machine's own network program stopped. */
async function attempt(
  { title, scenario, content }: NumberedRun,
  options: LabOptions,
  runName: string,
  signal: AbortSignal,
): Promise<'passed' | 'failed' | 'hung'> {
  const result = await runScenario(scenario, {
    ...options,
    runName,
    content,
    signal,
    ...(options.record === undefined
      ? {}
      : { recording: join(options.record, recordingName(title)) }),
    onPassed: (record) => {
      console.log(formatStage(title, record));
    },
  });
  if (result.failure !== undefined) {
    console.log(`${title}  FAILED at ${result.failure}`);
  }
  if (result.evidence !== undefined) {
    console.log(`${title}  evidence: ${result.evidence}`);
  }
  for (const line of result.remains) {
    console.log(`${title}  not cleaned up: ${line}`);
  }
  if (result.remains.length > 0) {
    return 'failed';
  }
  if (result.passed) {
    return 'passed';
  }
  const capture = join(result.evidence ?? '', CAPTURE_FILE);
  const hang = existsSync(capture)
    ? await hungMachine(capture, LAB_NETWORK.clientAddress)
    : undefined;
  if (hang === undefined) {
    return 'failed';
  }
  console.log(`${title}  the machine has hung: it ${hang}`);
  return 'hung';
}

/** Returns the name of a recording: those of faults are in a separate folder. */
function recordingName(title: string): string {
  return `${title.replace(/^fault-/, 'faults/')}.jsonl`;
}

function formatStage(
  title: string,
  { stage, sinceStartMs, elapsedMs, detail }: StageRecord,
): string {
  const total = seconds(sinceStartMs).padStart(7);
  return `${title}  ${stage.padEnd(16)} ${total}  +${seconds(elapsedMs).padEnd(7)}  ${detail}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
