import { WireErrorCode } from '../../codec/constants.js';
import { TftpError } from '../../errors.js';
import { type TransferFailure } from '../../transfer/machine.js';

/** The error by which a client's promise is rejected when its machine failed. */
export function failureError({ by, code, message }: TransferFailure): TftpError {
  switch (by) {
    case 'peer':
      return new TftpError(`the server answered by error ${code}: ${printable(message)}`, {
        code: 'ERR_TFTP_REMOTE',
        wireCode: code,
      });
    case 'timeout':
      return new TftpError('the server does not answer', { code: 'ERR_TFTP_TIMEOUT' });
    case 'local':
      return new TftpError(printable(message), {
        code:
          code === WireErrorCode.optionNegotiation ? 'ERR_TFTP_NEGOTIATION' : 'ERR_TFTP_PROTOCOL',
        wireCode: code,
      });
  }
}

/** The error by which a client's promise is rejected when its caller gave up. */
export function abortError(cause: unknown): TftpError {
  return new TftpError('the transfer was aborted', { code: 'ERR_TFTP_ABORTED', cause });
}

/** Text of a peer without what could confuse a terminal or a log. */
function printable(text: string): string {
  return Array.from(text, (char) =>
    char >= ' ' && char !== '\x7f' && (char < '\x80' || char >= '\xa0')
      ? char
      : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  ).join('');
}
