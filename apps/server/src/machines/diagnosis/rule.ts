import { type Boot, type Diagnosis } from '../boot.js';

/** Result of a rule: the cause and the fix, as parts of a sentence. */
export type Finding = Pick<Diagnosis, 'cause' | 'fix'>;

/** One cause of failed boots. */
export interface Rule {
  /** Stable name, as in the API. */
  readonly name: string;
  /**
   * Checks a boot for this cause.
   *
   * @param isQuiet - whether the machine has been silent for a minute
   * @returns the finding, or undefined if this is not the cause
   */
  readonly find: (boot: Boot, isQuiet: boolean) => Finding | undefined;
}
