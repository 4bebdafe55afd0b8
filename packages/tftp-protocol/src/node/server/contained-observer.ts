import { type TftpServerEvent } from './server-events.js';

type Observer = (event: TftpServerEvent) => unknown;

/**
 * Returns an observer that never throws or rejects. Errors that `onEvent` throws are reported to `onEvent`
 * itself; if it fails again, a process warning is emitted.
 */
export function containedObserver(
  onEvent: Observer = () => undefined,
): (event: TftpServerEvent) => void {
  return (event) => {
    attempt(onEvent, event, (error) => {
      attempt(onEvent, { type: 'unexpectedError', error, count: 1 }, warn);
    });
  };
}

function attempt(
  onEvent: Observer,
  event: TftpServerEvent,
  onError: (error: unknown) => void,
): void {
  try {
    const outcome = onEvent(event);
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
  process.emitWarning(`onEvent of a TFTP server failed: ${reason}`, {
    code: 'PXE_TFTP_OBSERVER',
  });
}
