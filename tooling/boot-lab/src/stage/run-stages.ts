import { LabError } from '../errors.js';
import { type Stage, type StageRecord } from './stage.js';

/** How the stages of a boot went. */
export type StagesOutcome =
  | { readonly passed: true }
  | { readonly passed: false; readonly stage: string; readonly error: Error };

/**
 * Runs stages one after the other, up to the first that fails.
 *
 * @param signal ends the stage under way with its reason
 * @param onPassed called after each stage that passed
 * @param now milliseconds of any steady clock
 */
export async function runStages<World>(
  stages: readonly Stage<World>[],
  world: World,
  signal: AbortSignal,
  onPassed: (record: StageRecord) => void,
  now: () => number = () => performance.now(),
): Promise<StagesOutcome> {
  const start = now();
  for (const stage of stages) {
    const stageStart = now();
    try {
      const detail = await runStage(stage, world, signal);
      const end = now();
      onPassed({
        stage: stage.name,
        elapsedMs: end - stageStart,
        sinceStartMs: end - start,
        detail,
      });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { passed: false, stage: stage.name, error };
    }
  }
  return { passed: true };
}

async function runStage<World>(
  stage: Stage<World>,
  world: World,
  signal: AbortSignal,
): Promise<string> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    const seconds = stage.deadlineMs / 1000;
    deadline.abort(new LabError('ERR_LAB_DEADLINE', `not within ${seconds} s`));
  }, stage.deadlineMs);
  try {
    return await stage.run(world, AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}
