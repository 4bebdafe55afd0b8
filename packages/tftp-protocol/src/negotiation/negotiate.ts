import { maxUnambiguousWindow } from '../codec/block-number.js';
import { MAX_BLKSIZE, MIN_BLKSIZE } from '../codec/constants.js';
import { type TftpOption, type TftpOptions } from '../codec/packet.js';
import { type KnownOption, parseDecimal, parseOptionName } from './option-value.js';
import { DEFAULT_PARAMETERS, type TransferParameters } from './parameters.js';

/** Limits of a server on the options of a request. */
export interface NegotiationPolicy {
  /** Largest `blksize` granted, in bytes; 8 to 65,464. */
  readonly maxBlockSize: number;
  /** Largest `windowsize` granted, in blocks; 1 to 65,535. */
  readonly maxWindowSize: number;
  /** Maximum payload of a window, in bytes; lowers the `windowsize` granted. */
  readonly maxWindowBytes: number;
  /** Options to treat as unknown, in lower case. */
  readonly refuse: ReadonlySet<string>;
  /**
   * Treatment of a known option whose value is invalid: `omit` leaves the option out, and lowers a block size
   * or window above the RFC's maximum; `error` answers with ERROR 8. The RFCs allow both.
   */
  readonly onInvalidOption: 'omit' | 'error';
  /** True to leave `tsize` out for an empty file: curl treats `tsize 0` as an error. */
  readonly omitZeroTsize: boolean;
}

/** Defaults of {@link NegotiationPolicy}: at most 64 blocks and 4 MiB per window. */
export const DEFAULT_NEGOTIATION_POLICY: NegotiationPolicy = {
  maxBlockSize: MAX_BLKSIZE,
  maxWindowSize: 64,
  maxWindowBytes: 4 * 1024 * 1024,
  refuse: new Set(),
  onInvalidOption: 'omit',
  omitZeroTsize: true,
};

/** Facts about the transfer whose options are negotiated. */
export interface NegotiationFacts {
  /** `read` answers `tsize` with the size of the file, `write` repeats the client's value. */
  readonly direction: 'read' | 'write';
  /** Size on the wire in bytes, if known; unknown in netascii, where line endings change it. */
  readonly size: number | undefined;
}

/** Result of {@link negotiate}: the parameters, or the option that causes the refusal. */
export type NegotiationResult =
  | {
      readonly ok: true;
      readonly parameters: TransferParameters;
      /** Options to acknowledge, in the order and spelling of the request; may be empty. */
      readonly optionAck: TftpOptions;
    }
  | { readonly ok: false; readonly option: TftpOption };

/**
 * Decides which options of a request a server grants. Unknown options are left out, and only requested ones
 * are acknowledged (RFC 2347). If a name is repeated, or both `blksize` and `blksize2` are requested, the
 * first option that can be granted counts.
 *
 * @returns `ok: false` with the offending option, only with `onInvalidOption: 'error'`
 */
export function negotiate(
  requested: TftpOptions,
  policy: NegotiationPolicy,
  facts: NegotiationFacts,
): NegotiationResult {
  const granted = new Map<KnownOption, Grant>();
  for (const option of requested) {
    const name = parseOptionName(option[0]);
    if (name === undefined || policy.refuse.has(name) || isSettled(granted, name)) {
      continue;
    }
    const value = grantedValue(name, option[1], policy, facts);
    if (value === 'invalid') {
      if (policy.onInvalidOption === 'error') {
        return { ok: false, option };
      }
    } else if (value !== 'omitted') {
      granted.set(name, { spelling: option[0], value });
    }
  }
  limitWindow(granted, policy);
  return {
    ok: true,
    parameters: parametersFrom(granted),
    optionAck: [...granted.values()].map(({ spelling, value }) => [spelling, String(value)]),
  };
}

interface Grant {
  readonly spelling: string;
  readonly value: number;
}

function isSettled(granted: ReadonlyMap<KnownOption, Grant>, name: KnownOption): boolean {
  const rival = name === 'blksize' ? 'blksize2' : name === 'blksize2' ? 'blksize' : name;
  return granted.has(name) || granted.has(rival);
}

function grantedValue(
  name: KnownOption,
  text: string,
  policy: NegotiationPolicy,
  facts: NegotiationFacts,
): number | 'invalid' | 'omitted' {
  const asked = parseDecimal(text);
  if (asked === undefined) {
    return 'invalid';
  }
  const strict = policy.onInvalidOption === 'error';
  switch (name) {
    case 'blksize':
      return asked < MIN_BLKSIZE || (strict && asked > MAX_BLKSIZE)
        ? 'invalid'
        : Math.min(asked, policy.maxBlockSize);
    case 'blksize2':
      return asked < MIN_BLKSIZE
        ? 'invalid'
        : 2 ** Math.floor(Math.log2(Math.min(asked, policy.maxBlockSize)));
    case 'windowsize':
      return asked < 1 || (strict && asked > maxUnambiguousWindow(0))
        ? 'invalid'
        : Math.min(asked, policy.maxWindowSize);
    case 'timeout':
      // The value must match the request, so it cannot be lowered (RFC 2349).
      return asked < 1 || asked > 255 ? 'invalid' : asked;
    case 'utimeout':
      return asked < 10_000 || asked > 255_000_000 ? 'invalid' : asked;
    case 'rollover':
      return asked > 1 ? 'invalid' : asked;
    case 'tsize':
      return grantedSize(asked, policy, facts);
  }
}

function grantedSize(
  asked: number,
  policy: NegotiationPolicy,
  facts: NegotiationFacts,
): number | 'omitted' {
  if (facts.direction === 'write') {
    return asked;
  }
  if (facts.size === undefined || (facts.size === 0 && policy.omitZeroTsize)) {
    return 'omitted';
  }
  return facts.size;
}

/**
 * Lowers the window to the maximum that `maxWindowBytes` and the rollover allow, once all options are known.
 */
function limitWindow(granted: Map<KnownOption, Grant>, policy: NegotiationPolicy): void {
  const window = granted.get('windowsize');
  if (window !== undefined) {
    const { blksize, rollover } = parametersFrom(granted);
    const byBytes = Math.max(1, Math.floor(policy.maxWindowBytes / blksize));
    const value = Math.min(window.value, byBytes, maxUnambiguousWindow(rollover));
    granted.set('windowsize', { spelling: window.spelling, value });
  }
}

function parametersFrom(granted: ReadonlyMap<KnownOption, Grant>): TransferParameters {
  const value = (name: KnownOption): number | undefined => granted.get(name)?.value;
  return {
    blksize: value('blksize') ?? value('blksize2') ?? DEFAULT_PARAMETERS.blksize,
    windowsize: value('windowsize') ?? DEFAULT_PARAMETERS.windowsize,
    timeoutMs: agreedTimeoutMs(granted),
    rollover: value('rollover') === 1 ? 1 : 0,
    tsize: value('tsize'),
  };
}

/**
 * Returns the interval of the last granted `timeout` or `utimeout` in milliseconds; undefined if there is
 * none.
 */
function agreedTimeoutMs(granted: ReadonlyMap<KnownOption, Grant>): number | undefined {
  let interval: number | undefined;
  for (const [name, { value }] of granted) {
    if (name === 'timeout') {
      interval = value * 1_000;
    } else if (name === 'utimeout') {
      interval = value / 1_000;
    }
  }
  return interval;
}
