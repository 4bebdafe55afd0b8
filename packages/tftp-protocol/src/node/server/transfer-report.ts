import { WireErrorCode } from '../../codec/constants.js';
import { type TransferEnding } from '../../endpoint/endpoint-events.js';
import { type ServerTransfer } from '../../endpoint/server-transfer.js';
import { DEFAULT_PARAMETERS } from '../../negotiation/parameters.js';
import { type TransferFailure } from '../../transfer/machine.js';
import { type ReceiveTransfer } from '../../transfer/receive-transfer.js';
import { SendTransfer } from '../../transfer/send-transfer.js';
import { type DatagramTransport } from '../udp/datagram-transport.js';
import { type Answer } from './answer.js';
import {
  type TransferFinishedEvent,
  type TransferOutcome,
  type TransferProgressEvent,
  type TransferStartedEvent,
} from './server-events.js';

interface Verdict {
  readonly outcome: TransferOutcome;
  readonly error?: NonNullable<TransferFinishedEvent['error']>;
}

/**
 * Returns the event for the end of a transfer.
 *
 * @param now - time in milliseconds, on the endpoint's clock
 */
export function finishedEvent(
  transfer: ServerTransfer<DatagramTransport>,
  ending: TransferEnding,
  answer: Answer | undefined,
  now: number,
): TransferFinishedEvent {
  const { machine } = transfer;
  const { blksize, windowsize } = machine?.parameters ?? DEFAULT_PARAMETERS;
  return {
    type: 'transferFinished',
    ...subject(transfer, answer),
    ...verdict(ending, answer?.error),
    finalAckMissing: ending.type === 'completed' && ending.finalAckMissing,
    bytesSent: 0,
    bytesAcknowledged: 0,
    blocksRetransmitted: 0,
    bytesReceived: 0,
    ...(machine && counted(machine)),
    blksize,
    windowsize,
    durationMs: now - transfer.startedAt,
  };
}

/** Returns the event for the start of a transfer. */
export function startedEvent(
  transfer: ServerTransfer<DatagramTransport>,
  answer: Answer,
): TransferStartedEvent {
  return { type: 'transferStarted', ...subject(transfer, answer) };
}

/** Returns the event for the progress of a transfer. */
export function progressEvent(
  transfer: ServerTransfer<DatagramTransport>,
  answer: Answer,
): TransferProgressEvent {
  const { bytesAcknowledged = 0, bytesReceived = 0 } = transfer.machine
    ? counted(transfer.machine)
    : {};
  return {
    type: 'transferProgress',
    ...subject(transfer, answer),
    bytes: bytesAcknowledged + bytesReceived,
  };
}

/** Returns the fields that identify a transfer in its events. */
function subject(
  { request, remote, listener }: ServerTransfer<DatagramTransport>,
  answer: Answer | undefined,
): Pick<TransferFinishedEvent, 'direction' | 'filename' | 'remote' | 'local' | 'size'> {
  return {
    direction: request.type === 'rrq' ? 'read' : 'write',
    filename: request.filename,
    remote,
    local: listener.local,
    ...(answer?.size !== undefined && { size: answer.size }),
  };
}

function counted(machine: SendTransfer | ReceiveTransfer): Partial<TransferFinishedEvent> {
  if (machine instanceof SendTransfer) {
    const { bytesSent, bytesAcknowledged, blocksRetransmitted } = machine.stats;
    return { bytesSent, bytesAcknowledged, blocksRetransmitted };
  }
  return { bytesReceived: machine.stats.bytesReceived };
}

function verdict(ending: TransferEnding, sourceError: unknown): Verdict {
  switch (ending.type) {
    case 'completed':
      return { outcome: 'completed' };
    case 'failed':
      return failedVerdict(ending.failure, sourceError);
    case 'replaced':
      return { outcome: 'aborted', error: local('the client sent a new request') };
    case 'evicted':
      return ending.isSilent
        ? {
            outcome: 'timedOut',
            error: local('ended while silent to make room for another client'),
          }
        : { outcome: 'aborted', error: local('ended to make room for another client') };
    case 'faulted':
      return { outcome: 'failed', error: { ...local('internal error'), cause: ending.error } };
    case 'openTimedOut':
      return { outcome: 'failed', error: local('the source or sink was not opened in time') };
  }
}

function failedVerdict(failure: TransferFailure, sourceError: unknown): Verdict {
  const { by, code, message } = failure;
  if (by === 'timeout') {
    return { outcome: 'timedOut', error: local('the client does not answer') };
  }
  if (by === 'peer') {
    return {
      outcome: isChangeOfMind(failure) ? 'aborted' : 'failed',
      error: { by, code, message },
    };
  }
  if (sourceError === undefined) {
    return { outcome: 'aborted', error: { by, code, message } };
  }
  const reason = sourceError instanceof Error ? sourceError.message : message;
  return { outcome: 'failed', error: { by, code, message: reason, cause: sourceError } };
}

/**
 * Returns true if the client changed its mind, which is not a failure: firmware requests a file, reads its
 * size from the OACK and ends the transfer with an ERROR, usually with code 0 or 8; some ends it midway and starts
 * over.
 */
function isChangeOfMind({ stage, code }: TransferFailure): boolean {
  return (
    stage === 'handshake' ||
    code === WireErrorCode.notDefined ||
    code === WireErrorCode.optionNegotiation
  );
}

function local(message: string): NonNullable<TransferFinishedEvent['error']> {
  return { by: 'local', code: WireErrorCode.notDefined, message };
}
