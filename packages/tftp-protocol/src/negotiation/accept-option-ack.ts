import { DEFAULT_BLKSIZE, MIN_BLKSIZE } from '../codec/constants.js';
import { findOption, type TftpOptions } from '../codec/packet.js';
import { type KnownOption, parseDecimal, parseOptionName } from './option-value.js';
import { type TransferParameters } from './parameters.js';

/** Result of {@link acceptOptionAck}. */
export type OptionAckResult =
  | { readonly ok: true; readonly parameters: TransferParameters }
  | { readonly ok: false; readonly reason: string };

/**
 * Checks a server's OACK against the request: it may contain only requested options, may lower but not raise
 * `blksize` and `windowsize`, and must repeat `timeout`, `utimeout` and `rollover` unchanged (RFC 2347, RFC
 * 2348, RFC 2349, RFC 7440 §3). A client answers an invalid OACK with ERROR 8.
 *
 * @returns `ok: false` with a short reason, suitable as the text of that ERROR
 */
export function acceptOptionAck(
  requested: TftpOptions,
  acknowledged: TftpOptions,
): OptionAckResult {
  const values = new Map<KnownOption, number>();
  for (const [spelling, text] of acknowledged) {
    const name = parseOptionName(spelling);
    const asked = findOption(requested, spelling);
    if (asked === undefined) {
      return refused(`Unrequested option: ${spelling}`);
    }
    if (name === undefined) {
      continue;
    }
    const value = parseDecimal(text);
    if (value === undefined || !isAnswerTo(name, asked, value)) {
      return refused(`Unacceptable value of ${name}`);
    }
    if (!values.has(name)) {
      values.set(name, value);
    }
  }
  const seconds = values.get('timeout');
  const micros = values.get('utimeout');
  return {
    ok: true,
    parameters: {
      blksize: values.get('blksize') ?? values.get('blksize2') ?? DEFAULT_BLKSIZE,
      windowsize: values.get('windowsize') ?? 1,
      timeoutMs: seconds !== undefined ? seconds * 1_000 : micros && micros / 1_000,
      rollover: values.get('rollover') === 1 ? 1 : 0,
      tsize: values.get('tsize'),
    },
  };
}

function isAnswerTo(name: KnownOption, askedText: string, value: number): boolean {
  const asked = Number(askedText);
  switch (name) {
    case 'blksize':
    case 'blksize2':
      return value >= MIN_BLKSIZE && value <= asked;
    case 'windowsize':
      return value >= 1 && value <= asked;
    case 'timeout':
    case 'utimeout':
    case 'rollover':
      return value === asked;
    case 'tsize':
      return true;
  }
}

function refused(reason: string): OptionAckResult {
  return { ok: false, reason };
}
