import { withoutControls } from '../text/text.js';

/** Problem in a profile. */
export interface ProfileProblem {
  /** `error`: the profile cannot be rendered. `warning`: the machine may not turn out as expected. */
  readonly severity: 'error' | 'warning';
  /** Key, as in `user.sshKeys[0]`. */
  readonly path: string;
  /** Description of the problem. Never contains a value, which could be a secret. */
  readonly message: string;
  /** Advice, in the imperative. */
  readonly fix?: string;
}

/** Formats a problem as one line: `path: message; fix`. */
export function formatProblem({ path, message, fix }: ProfileProblem): string {
  return withoutControls(`${path}: ${message}${fix === undefined ? '' : `; ${fix}`}`);
}

/** Thrown when a profile cannot be rendered. */
export class PreseedProfileError extends Error {
  override readonly name = 'PreseedProfileError';
  /** Machine-readable code. */
  readonly code = 'ERR_PRESEED_PROFILE';
  /** All problems, warnings included. */
  readonly problems: readonly ProfileProblem[];

  constructor(problems: readonly ProfileProblem[]) {
    const errors = problems.filter(({ severity }) => severity === 'error');
    super(`the profile cannot be rendered: ${errors.map(formatProblem).join('; ')}`);
    this.problems = problems;
  }
}
