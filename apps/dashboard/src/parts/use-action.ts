import { useState } from 'preact/hooks';

import { ApiError } from '../api/client.js';
import { sentence } from '../live/session.js';

/** Action of a button, with its last failure. */
export interface Action {
  readonly isBusy: boolean;
  readonly problem: string | undefined;
  readonly run: () => void;
}

/** Runs an action once at a time, and keeps the reason why it failed. */
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
