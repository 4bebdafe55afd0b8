import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { LabError } from '@pxe/lab-host';

import { runStages } from './run-stages.js';
import { type Stage, type StageRecord } from './stage.js';

/** Returns a stage that does not use the boot. */
function stage(name: string, run: (signal: AbortSignal) => Promise<string>, deadlineMs = 1_000) {
  return { name, deadlineMs, run: (_boot: string, signal: AbortSignal) => run(signal) };
}

function untilAborted(signal: AbortSignal): Promise<string> {
  return sleep(5_000, 'slept', { signal, ref: false }).catch(() => {
    throw signal.reason as Error;
  });
}

async function run(
  stages: readonly Stage<string>[],
  signal = new AbortController().signal,
  patience = 1,
) {
  const records: StageRecord[] = [];
  const outcome = await runStages(stages, 'the boot', {
    signal,
    patience,
    onPassed: (record) => records.push(record),
  });
  return { outcome, passed: records.map((record) => `${record.stage}: ${record.detail}`) };
}

describe('runStages', () => {
  it('runs stages in order and reports each', async () => {
    const result = await run([
      stage('one', () => Promise.resolve('first')),
      stage('two', () => Promise.resolve('second')),
    ]);
    expect(result).toEqual({ outcome: { passed: true }, passed: ['one: first', 'two: second'] });
  });

  it('stops at the first failure and names the stage', async () => {
    const { outcome, passed } = await run([
      stage('one', () => Promise.resolve('first')),
      stage('two', () => Promise.reject(new LabError('ERR_LAB_STAGE', 'HTTP 404 for /linux'))),
      stage('three', () => Promise.resolve('never')),
    ]);
    expect(outcome).toMatchObject({
      passed: false,
      stage: 'two',
      error: { code: 'ERR_LAB_STAGE', message: 'HTTP 404 for /linux' },
    });
    expect(passed).toEqual(['one: first']);
  });

  it('ends a stage at its deadline', async () => {
    const { outcome } = await run([stage('slow', untilAborted, 30)]);
    expect(outcome).toMatchObject({
      stage: 'slow',
      error: { code: 'ERR_LAB_DEADLINE', message: 'not within 0.03 s' },
    });
  });

  it('waits longer with a higher patience', async () => {
    const { outcome } = await run([stage('slow', untilAborted, 30)], undefined, 2.5);
    expect(outcome).toMatchObject({ error: { message: 'not within 0.075 s' } });
  });

  it('ends the current stage when a program of the lab dies', async () => {
    const fault = new AbortController();
    const running = run([stage('waiting', untilAborted)], fault.signal);
    fault.abort(new LabError('ERR_LAB_PROGRAM', 'qemu ended by itself'));
    expect((await running).outcome).toMatchObject({
      stage: 'waiting',
      error: { code: 'ERR_LAB_PROGRAM' },
    });
  });

  it('measures each stage and the whole run with the given clock', async () => {
    let now = 1_000;
    const advance = (ms: number) => () => {
      now += ms;
      return Promise.resolve('');
    };
    const records: StageRecord[] = [];
    const stages = [stage('a', advance(200)), stage('b', advance(300))];
    const never = new AbortController().signal;
    await runStages(stages, 'the boot', {
      signal: never,
      patience: 1,
      onPassed: (record) => records.push(record),
      now: () => now,
    });
    expect(records.map(({ elapsedMs, sinceStartMs }) => [elapsedMs, sinceStartMs])).toEqual([
      [200, 200],
      [300, 500],
    ]);
  });
});
