import { useEffect, useState } from 'preact/hooks';

import { ApiError } from '../api/client.js';
import { sentence } from './session.js';

/** Last response from the server, and the reason why the last request failed. */
export interface Answered<Answer> {
  readonly answer: Answer | undefined;
  readonly problem: string | undefined;
}

/**
 * Reads from the server when one of the dependencies changes. The last response stays until the next one, or
 * until the server refuses.
 */
export function useAnswer<Answer>(
  load: () => Promise<Answer>,
  dependencies: readonly unknown[],
): Answered<Answer> {
  const [state, setState] = useState<Answered<Answer>>({ answer: undefined, problem: undefined });
  useEffect(() => {
    let isCurrent = true;
    load().then(
      (answer) => {
        if (isCurrent) {
          setState({ answer, problem: undefined });
        }
      },
      (error: unknown) => {
        if (!(error instanceof ApiError)) {
          throw error;
        }
        // Without a connection, the page keeps what it shows, and its header reports the problem.
        if (isCurrent && error.status !== 0) {
          setState({ answer: undefined, problem: sentence(error.message) });
        }
      },
    );
    return () => {
      isCurrent = false;
    };
  }, dependencies);
  return state;
}
