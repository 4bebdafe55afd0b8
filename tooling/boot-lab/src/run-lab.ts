import { type DaemonUnderTest } from './daemon/daemon-under-test.js';
import { removeLeftovers } from './leftovers.js';
import { checkPrerequisites, expectFile } from './prerequisites.js';
import { ownIdentity } from './process/process-identity.js';
import { formatRunName } from './run-name.js';
import { runScenario } from './run-scenario.js';
import { type Scenario } from './scenario/scenario.js';
import { type StageRecord } from './stage/stage.js';

/** What the lab is asked to do. */
export interface LabOptions {
  readonly scenarios: readonly Scenario[];
  /** How often each scenario is run. */
  readonly repeat: number;
  readonly store: string;
  /** The daemon's entry file. */
  readonly server: string;
  readonly daemon: DaemonUnderTest;
  /** What the cable adds to each round trip, in milliseconds. */
  readonly roundTripMs: number;
  /** Every deadline is multiplied by this. */
  readonly patience: number;
  readonly keep: boolean;
}

/**
 * Runs scenarios one after the other, telling each stage on standard output.
 *
 * @param signal stops the run under way and those after it
 * @returns how many runs failed
 * @throws `LabError` `ERR_LAB_PREREQUISITE` before anything is started
 */
export async function runLab(options: LabOptions, signal: AbortSignal): Promise<number> {
  await checkPrerequisites(options.scenarios.map(({ firmware }) => firmware));
  await expectFile(options.server, 'build it with `npm run build`');
  await expectFile(options.store, 'fill a store with `npm run -s pxeboot -- sync`, see --store');
  for (const name of await removeLeftovers()) console.log(`removed of an earlier run: ${name}`);

  const owner = await ownIdentity();
  const runs = options.scenarios.flatMap((scenario) =>
    Array.from({ length: options.repeat }, (_, index) => ({ scenario, index })),
  );
  let passed = 0;
  let failed = 0;
  for (const [sequence, { scenario, index }] of runs.entries()) {
    if (signal.aborted) break;
    const title = options.repeat === 1 ? scenario.name : `${scenario.name} #${index + 1}`;
    const result = await runScenario(scenario, {
      runName: formatRunName(owner, sequence + 1),
      daemon: options.daemon,
      store: options.store,
      roundTripMs: options.roundTripMs,
      patience: options.patience,
      keep: options.keep,
      signal,
      onPassed: (record) => {
        console.log(formatStage(title, record));
      },
    });
    if (result.failure !== undefined) console.log(`${title}  FAILED at ${result.failure}`);
    if (result.evidence !== undefined) console.log(`${title}  evidence: ${result.evidence}`);
    for (const line of result.remains) console.log(`${title}  not cleaned up: ${line}`);
    if (result.passed && result.remains.length === 0) passed += 1;
    else failed += 1;
  }
  const skipped = runs.length - passed - failed;
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} not run` : ''}`);
  return failed + skipped;
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
