import { type TftpServerEvent } from './server-events.js';

type Observer = (event: TftpServerEvent) => unknown;

/**
 * Returns an observer that never throws or rejects. Its own errors are reported to it; if it fails again,
 * a process warning is emitted.
 */
export function containedObserver(
  observe: Observer = () => undefined,
): (event: TftpServerEvent) => void {
  return (event) => {
    attempt(observe, event, (error) => {
      attempt(observe, { type: 'unexpectedError', error, count: 1 }, warn);
    });
  };
}

function attempt(
  observe: Observer,
  event: TftpServerEvent,
  onError: (error: unknown) => void,
): void {
  try {
    const outcome = observe(event);
    // TypeScript accepts an async function where void is expected.
    if (outcome instanceof Promise) {
      outcome.catch(onError);
    }
  } catch (error) {
    onError(error);
  }
}

function warn(error: unknown): void {
  const reason = error instanceof Error ? error.message : typeof error;
  process.emitWarning(`the observer of a TFTP server failed: ${reason}`, {
    code: 'PXE_TFTP_OBSERVER',
  });
}
