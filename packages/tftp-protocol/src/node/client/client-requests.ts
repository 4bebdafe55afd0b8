import { MAX_BLKSIZE, MAX_WINDOWSIZE, MIN_BLKSIZE } from '../../codec/constants.js';
import { type TftpOption, type TransferMode } from '../../codec/packet.js';
import {
  DEFAULT_RETRANSMISSION_POLICY,
  type RetransmissionPolicy,
} from '../../transfer/retransmission.js';
import { type TftpTransferOptions } from './client-options.js';

/** {@link TftpTransferOptions} with every default in its place. */
export interface ClientTransferConfig {
  readonly blksize: number;
  readonly windowsize: number;
  readonly timeoutSeconds: number | undefined;
  readonly rollover: 0 | 1 | undefined;
  readonly mode: TransferMode;
  readonly retryWithoutOptions: boolean;
  readonly retransmission: RetransmissionPolicy;
}

/** A client's request goes out this often at most; a server's answers are its own to limit. */
const REQUEST_SENDS = 6;

/** @throws RangeError when a number is out of its range */
export function parseTransferOptions(
  ...layers: readonly Partial<TftpTransferOptions>[]
): ClientTransferConfig {
  const options = layers.reduce((all, layer) => ({ ...all, ...layer }), {});
  const { timeoutSeconds } = options;
  return {
    blksize: expectInteger('blksize', options.blksize ?? 1_428, MIN_BLKSIZE, MAX_BLKSIZE),
    windowsize: expectInteger('windowsize', options.windowsize ?? 16, 1, MAX_WINDOWSIZE),
    timeoutSeconds:
      timeoutSeconds === undefined
        ? undefined
        : expectInteger('timeoutSeconds', timeoutSeconds, 1, 255),
    rollover: options.rollover,
    mode: options.mode ?? 'octet',
    retryWithoutOptions: options.retryWithoutOptions ?? true,
    retransmission: {
      ...DEFAULT_RETRANSMISSION_POLICY,
      handshakeSends: REQUEST_SENDS,
      ...options.retransmission,
    },
  };
}

/**
 * The options of a request.
 *
 * @param tsize - 0 to ask for the size, or the size to announce; undefined for neither
 */
export function requestOptions(
  config: ClientTransferConfig,
  tsize: number | undefined,
): TftpOption[] {
  const options: TftpOption[] = [];
  const add = (name: string, value: number | undefined): void => {
    if (value !== undefined) {
      options.push([name, String(value)]);
    }
  };
  add('tsize', tsize);
  add('blksize', config.blksize);
  add('windowsize', config.windowsize === 1 ? undefined : config.windowsize);
  add('timeout', config.timeoutSeconds);
  add('rollover', config.rollover);
  return options;
}

function expectInteger(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} must be an integer from ${least} to ${most}, got ${value}`);
  }
  return value;
}
