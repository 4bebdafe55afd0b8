import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files to boot and keys to press, from a capture's `scenario.json`. */
export interface Scenario {
  /** Purpose of the capture. */
  readonly about: string;
  /** Key presses, group by group; the screen settles after each group. */
  readonly steps: readonly (readonly string[])[];
  /** Keeps a screenshot after the last step. @default false */
  readonly screenshot?: boolean;
  /** Folder in the package's `test/fixtures` that is served as well. */
  readonly fixture?: string;
  /** Loader files served under additional names, by name. */
  readonly links?: Readonly<Record<string, string>>;
  /** Set if the countdown runs, so that the stream never settles. @default false */
  readonly counting?: boolean;
}

/** Reads and validates a capture's `scenario.json`. */
export async function readScenario(directory: string): Promise<Scenario> {
  const file = join(directory, 'scenario.json');
  const value: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!isScenario(value)) {
    throw new Error(`${file}: expected about (text) and steps (lists of keys)`);
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
