import { isIPv6 } from 'node:net';

import { WireErrorCode } from '../../codec/constants.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import { TftpError } from '../../errors.js';
import { type TransferFailure } from '../../transfer/machine.js';

/** Returns `host:port`, with brackets around an IPv6 address. */
export function hostAndPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Returns the error for a transfer whose state machine failed.
 *
 * @param server - server, as `host:port`
 * @param stranger - another address that sent datagrams to the port of this transfer, if any
 */
export function failureError(
  server: string,
  { by, code, stage, message }: TransferFailure,
  stranger?: TftpEndpointAddress,
): TftpError {
  switch (by) {
    case 'peer':
      return new TftpError(`${server} answered with error ${code}: ${printable(message)}`, {
        code: 'ERR_TFTP_REMOTE',
        wireCode: code,
      });
    case 'timeout':
      return new TftpError(
        `${server} ${stage === 'handshake' ? 'does not answer' : 'stopped answering'}${hint(stranger)}`,
        { code: 'ERR_TFTP_TIMEOUT' },
      );
    case 'local':
      return new TftpError(`${server}: ${printable(message)}`, {
        code:
          code === WireErrorCode.optionNegotiation ? 'ERR_TFTP_NEGOTIATION' : 'ERR_TFTP_PROTOCOL',
        wireCode: code,
      });
  }
}

/**
 * Returns the error for a transfer aborted by its caller.
 *
 * @param server - server, as `host:port`
 */
export function abortError(server: string, cause: unknown): TftpError {
  // The default reason of an AbortController adds nothing to this message.
  const isPlain = !(cause instanceof Error) || cause.name === 'AbortError';
  const reason = isPlain ? '' : `: ${cause.message}`;
  return new TftpError(`${server}: the transfer was aborted${reason}`, {
    code: 'ERR_TFTP_ABORTED',
    cause,
  });
}

/**
 * Returns the error for an unreachable server.
 *
 * @param server - server, as `host:port`
 * @param cause - system error
 */
export function unreachableError(server: string, cause: unknown): TftpError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const reason = REASONS[code];
  return new TftpError(
    `${server} cannot be reached: ${reason === undefined ? code : `${reason} (${code})`}`,
    { code: 'ERR_TFTP_UNREACHABLE', cause },
  );
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no TFTP server is listening',
  EHOSTUNREACH: 'the host is unreachable, or a firewall rejects TFTP',
  ENETUNREACH: 'no route to the host',
  EACCES: 'a firewall rejects TFTP',
  EPERM: 'a firewall on this host rejects TFTP',
  ENOTFOUND: 'the host name has no address',
  EAI_AGAIN: 'the host name currently cannot be resolved',
};

/** Returns a hint that names the other address from which answers came. */
function hint(stranger: TftpEndpointAddress | undefined): string {
  return stranger === undefined
    ? ''
    : `, but ${hostAndPort(stranger.address, stranger.port)} does: ` +
        'if it is the same server, connect to that address';
}

/** Escapes control characters in a peer's text, which could confuse a terminal or a log. */
function printable(text: string): string {
  return Array.from(text, (char) =>
    char >= ' ' && char !== '\x7f' && (char < '\x80' || char >= '\xa0')
      ? char
      : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  ).join('');
}
