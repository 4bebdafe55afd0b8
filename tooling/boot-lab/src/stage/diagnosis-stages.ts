import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { LabError } from '@pxe/lab-host';

import { type Boot } from './boot.js';
import { type Stage } from './stage.js';

/** The daemon's API, on its default port. */
const BOOTS_URL = 'http://127.0.0.1:9069/api/v1/boots';

const bootsSchema = z.object({
  boots: z.array(
    z.object({ outcome: z.string(), rule: z.string().optional(), sentence: z.string() }),
  ),
});

const LOOK_INTERVAL_MS = 1_000;

/**
 * Deadline for a diagnosis, in milliseconds: a boot ends after a minute without requests, and firmware first
 * tries other ways to boot.
 */
const VERDICT_DEADLINE_MS = 240_000;

/** Action that a person at the machine keeps repeating. */
export type Attendance = 'presses Enter' | 'resets';

/** Interval between these actions, in milliseconds: long enough to boot until the fault shows. */
const ATTENDANCE_MS: Readonly<Record<Attendance, number>> = {
  'presses Enter': 10_000,
  resets: 15_000,
};

/**
 * Returns a stage that waits until the daemon gives this reason for the failure of the boot; it fails if the
 * daemon gives another one, or none.
 *
 * @param attendance - action repeated meanwhile; by default, nobody is there
 */
export function diagnosed(rule: string, attendance?: Attendance): Stage {
  return {
    name: 'diagnosed',
    deadlineMs: VERDICT_DEADLINE_MS,
    async run(boot, signal) {
      let attendedAt = performance.now();
      for (;;) {
        if (
          attendance !== undefined &&
          performance.now() - attendedAt >= ATTENDANCE_MS[attendance]
        ) {
          attendedAt = performance.now();
          await (attendance === 'resets' ? boot.machine.reset() : boot.machine.pressKeys(['ret']));
        }
        const boots = await bootsOf(boot);
        const other = boots.find((seen) => seen.rule !== undefined && seen.rule !== rule);
        if (other !== undefined) {
          throw new LabError('ERR_LAB_STAGE', `${other.rule ?? ''}: ${other.sentence}`);
        }
        const found = boots.find((seen) => seen.rule === rule);
        if (found !== undefined) {
          return `${rule}: ${found.sentence}`;
        }
        const settled = boots.find(({ outcome }) => outcome === 'failed');
        if (settled !== undefined) {
          throw new LabError('ERR_LAB_STAGE', `no diagnosis: ${settled.sentence}`);
        }
        signal.throwIfAborted();
        await sleep(LOOK_INTERVAL_MS);
      }
    },
  };
}

async function bootsOf({ namespace }: Boot): Promise<z.infer<typeof bootsSchema>['boots']> {
  const answer = await namespace.output('curl', ['-sS', '--fail', BOOTS_URL]);
  return bootsSchema.parse(JSON.parse(answer)).boots;
}
