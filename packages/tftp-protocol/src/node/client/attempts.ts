import { WireErrorCode } from '../../codec/constants.js';
import { type TftpError } from '../../errors.js';
import { type TransferFailure } from '../../transfer/machine.js';
import { abortError } from './client-errors.js';

/** One request and the transfer that follows. */
export interface Attempt {
  start(): Promise<void>;
  abort(cause: unknown): Promise<void>;
}

/** How a transfer's attempts are made. */
export interface AttemptPlan<A extends Attempt> {
  /** Whether a second attempt without options follows when the server refuses the options. */
  readonly retryWithoutOptions: boolean;
  readonly signal: AbortSignal | undefined;
  /** Makes an attempt that reports its failure and its end to `report`. */
  create(withOptions: boolean, report: AttemptReport): A;
  /** The transfer has failed for good. */
  failed(error: TftpError): void;
}

/** How an attempt ends. */
export interface AttemptReport {
  failed(error: TftpError, failure: TransferFailure | undefined): void;
  closed(): void;
}

/** Makes the attempts of a client's transfers, and can end all of them. */
export class Attempts {
  readonly #open = new Set<Attempt>();
  #isClosed = false;

  /** Makes the first attempt, and the second if there has to be one. */
  async make<A extends Attempt>(plan: AttemptPlan<A>, withOptions = true): Promise<void> {
    const { signal } = plan;
    if (this.#isClosed || signal?.aborted === true) {
      plan.failed(abortError(signal?.reason ?? 'the client is closed'));
      return;
    }
    const onAbort = (): void => {
      void attempt.abort(signal?.reason);
    };
    const attempt = plan.create(withOptions, {
      failed: (error, failure) => {
        if (withOptions && plan.retryWithoutOptions && isRefusalOfOptions(failure)) {
          void this.make(plan, false);
        } else {
          plan.failed(error);
        }
      },
      closed: () => {
        this.#open.delete(attempt);
        signal?.removeEventListener('abort', onAbort);
      },
    });
    this.#open.add(attempt);
    signal?.addEventListener('abort', onAbort);
    try {
      await attempt.start();
    } catch (error) {
      await attempt.abort(error);
    }
  }

  /** Ends every attempt; none can be made from now on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#open].map((attempt) => attempt.abort('the client is closed')));
  }
}

function isRefusalOfOptions(failure: TransferFailure | undefined): boolean {
  return (
    failure?.by === 'peer' &&
    failure.stage === 'handshake' &&
    failure.code === WireErrorCode.optionNegotiation
  );
}
