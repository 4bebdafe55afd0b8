import { LabError } from '@pxe/lab-host';

import { type Stage, type StageRecord } from './stage.js';

/** Results of the stages of a boot. */
export type StagesOutcome =
  | { readonly passed: true }
  | { readonly passed: false; readonly stage: string; readonly error: Error };

/** Options for running stages. */
export interface StagesOptions {
  /** Aborts the current stage with its reason. */
  readonly signal: AbortSignal;
  /** Factor for every deadline. */
  readonly patience: number;
  /** Called after each stage that passed. */
  readonly onPassed: (record: StageRecord) => void;
  /** Monotonic clock, in milliseconds. @default performance.now */
  readonly now?: () => number;
}

/** Runs stages one after another, until one fails. */
export async function runStages<World>(
  stages: readonly Stage<World>[],
  world: World,
  { signal, patience, onPassed, now = () => performance.now() }: StagesOptions,
): Promise<StagesOutcome> {
  const start = now();
  for (const stage of stages) {
    const stageStart = now();
    try {
      const detail = await runStage(stage, world, stage.deadlineMs * patience, signal);
      const end = now();
      onPassed({
        stage: stage.name,
        elapsedMs: end - stageStart,
        sinceStartMs: end - start,
        detail,
      });
    } catch (error) {
      if (!(error instanceof Error)) {
        throw error;
      }
      return { passed: false, stage: stage.name, error };
    }
  }
  return { passed: true };
}

async function runStage<World>(
  stage: Stage<World>,
  world: World,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<string> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    const seconds = deadlineMs / 1000;
    deadline.abort(new LabError('ERR_LAB_DEADLINE', `not within ${seconds} s`));
  }, deadlineMs);
  try {
    return await stage.run(world, AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}
