import {
  type BlockSource,
  DEFAULT_PARAMETERS,
  ReceiveTransfer,
  type RetransmissionPolicy,
  SendTransfer,
  type TftpOption,
  type TransferParameters,
} from '../../src/index.js';
import { ack, sent, told } from './wire-text.js';

/** Returns a file of `size` bytes in memory. */
export function memory(size: number): BlockSource {
  const bytes = Uint8Array.from({ length: size }, (_, index) => index & 0xff);
  return { size, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Settings for a machine under test. */
export interface MachineTerms {
  readonly parameters?: Partial<TransferParameters>;
  readonly retransmission?: RetransmissionPolicy;
}

/** Returns a server's sender with agreed options: ACK 0 has just arrived, at time `at`. */
export function openSender(
  source: BlockSource,
  { parameters, retransmission }: MachineTerms = {},
  at = 10,
): SendTransfer {
  const machine = offeringSender(source, {
    ...(parameters && { parameters }),
    ...(retransmission && { retransmission }),
  });
  sent(machine);
  machine.receive(ack(0), at);
  told(machine);
  return machine;
}

/** Returns a server's sender that waits for ACK 0. */
export function offeringSender(
  source: BlockSource,
  { parameters, retransmission }: MachineTerms = {},
): SendTransfer {
  const agreed = { ...DEFAULT_PARAMETERS, ...parameters };
  return new SendTransfer(
    {
      opening: { type: 'offer', optionAck: optionsOf(agreed), parameters: agreed },
      source,
      retransmission,
    },
    0,
  );
}

/** Returns a server's receiver that has acknowledged options and waits for DATA 1. */
export function offeringReceiver({
  parameters,
  retransmission,
}: MachineTerms = {}): ReceiveTransfer {
  const agreed = { ...DEFAULT_PARAMETERS, ...parameters };
  return new ReceiveTransfer(
    {
      opening: { type: 'offer', optionAck: optionsOf(agreed), parameters: agreed },
      retransmission,
    },
    0,
  );
}

/** Returns a client that has sent a read request with options. */
export function requestingReceiver(options: readonly TftpOption[] = []): ReceiveTransfer {
  return new ReceiveTransfer(
    {
      opening: { type: 'request', request: { type: 'rrq', filename: 'f', mode: 'octet', options } },
    },
    0,
  );
}

/** Returns a client that has sent a write request with options. */
export function requestingSender(
  source: BlockSource,
  options: readonly TftpOption[] = [],
): SendTransfer {
  return new SendTransfer(
    {
      opening: { type: 'request', request: { type: 'wrq', filename: 'f', mode: 'octet', options } },
      source,
    },
    0,
  );
}

function optionsOf({ blksize, windowsize }: TransferParameters): TftpOption[] {
  return [
    ['blksize', String(blksize)],
    ['windowsize', String(windowsize)],
  ];
}
