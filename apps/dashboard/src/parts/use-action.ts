import { useState } from 'preact/hooks';

import { ApiError } from '../api/client.js';
import { sentence } from '../live/session.js';

/** Action of a button, with its last failure. */
export interface Action {
  readonly isBusy: boolean;
  readonly problem: string | undefined;
  readonly run: () => void;
}

/** Returns an action that never runs twice at the same time, with the reason why it last failed. */
export function useAction(act: () => Promise<void>): Action {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  return {
    isBusy,
    problem,
    run() {
      if (isBusy) {
        return;
      }
      setBusy(true);
      setProblem(undefined);
      act()
        .catch((error: unknown) => {
          if (!(error instanceof ApiError)) {
            throw error;
          }
          const { message, hint } = error;
          setProblem([message, hint].flatMap((text) => (text ? sentence(text) : [])).join(' '));
        })
        .finally(() => {
          setBusy(false);
        });
    },
  };
}
