import {
  type Boot,
  type BootStage,
  type Diagnosis,
  type Evidence,
  type RefusedFile,
} from '../boot.js';

/**
 * Explanation of a failure: the cause, as a clause without a full stop, and the fix, as one or more
 * sentences.
 */
export type Explanation = Pick<Diagnosis, 'cause' | 'fix'>;

/** Result of a rule. */
export interface Finding extends Explanation {
  /** Requests that the finding is based on. @default the files of the boot that were not served */
  readonly evidence?: readonly Evidence[];
}

/** Returns a finding with the requests that it is based on. */
export function finding(
  explanation: Explanation,
  ...requests: readonly (BootStage | RefusedFile)[]
): Finding {
  return { ...explanation, evidence: requests.map(evidenceOf) };
}

/** Returns what a diagnosis keeps about a request. */
export function evidenceOf(request: BootStage | RefusedFile): Evidence {
  const { transport, path, result } = request;
  if ('name' in request) {
    const { endedAt, bytes, size, fetches } = request;
    return {
      at: endedAt,
      transport,
      path,
      result,
      fetches,
      ...(bytes === undefined ? {} : { bytes }),
      ...(size === undefined ? {} : { size }),
    };
  }
  const { at, reason } = request;
  return {
    transport,
    path,
    result,
    ...(at === undefined ? {} : { at }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Rule that recognises one cause of failed boots. */
export interface Rule {
  /** Stable name, as in the API. */
  readonly name: string;
  /**
   * Checks a boot for this cause.
   *
   * @param isQuiet - true if the machine has been silent for a minute
   * @returns the finding, or undefined if this is not the cause
   */
  readonly find: (boot: Boot, isQuiet: boolean) => Finding | undefined;
}
