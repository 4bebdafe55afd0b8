import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files to boot and keys to press, from a capture's `scenario.json`. */
export interface Scenario {
  /** Why the capture exists. */
  readonly about: string;
  /** Presses, one group after the other; the screen settles after each. */
  readonly steps: readonly (readonly string[])[];
  /** Keep a picture of the screen after the last step. @default false */
  readonly screenshot?: boolean;
  /** A folder of the package's `test/fixtures` that is served, too. */
  readonly fixture?: string;
  /** Loader files served under other names, too: name by name. */
  readonly links?: Readonly<Record<string, string>>;
  /** Set if the countdown runs, so that the stream never settles. @default false */
  readonly counting?: boolean;
}

/** Reads and checks a capture's `scenario.json`. */
export async function readScenario(directory: string): Promise<Scenario> {
  const file = join(directory, 'scenario.json');
  const value: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!isScenario(value)) {
    throw new Error(`${file}: about (text) and steps (lists of keys) needed`);
  }
  return value;
}

function isScenario(value: unknown): value is Scenario {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const { about, steps } = value as Partial<Record<keyof Scenario, unknown>>;
  const isKeys = (step: unknown): boolean =>
    Array.isArray(step) && step.every((key) => typeof key === 'string');
  return typeof about === 'string' && Array.isArray(steps) && steps.every(isKeys);
}
