import { getSystemErrorMap } from 'node:util';

/** Error of a system call, in Node's form. */
export interface UdpSystemError extends Error {
  readonly code: string;
  /** Negative error number. */
  readonly errno: number;
  readonly syscall: string;
  readonly address?: string;
  readonly port?: number;
}

/** Returns the error of a system call, worded as Node would. */
export function systemError(
  syscall: string,
  errno: number,
  at?: { readonly address: string; readonly port: number },
): UdpSystemError {
  const [code, text] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, 'unknown error'];
  const place = at === undefined ? '' : ` ${at.address}:${at.port}`;
  return Object.assign(new Error(`${syscall} ${code}: ${text}${place}`), {
    code,
    errno: -errno,
    syscall,
    ...(at && { address: at.address, port: at.port }),
  });
}

/**
 * Thrown when an option needs the native module and there is none; `code` is `ERR_UDP_BATCH_NOT_NATIVE`.
 */
export class UdpBatchError extends Error {
  override readonly name = 'UdpBatchError';
  readonly code = 'ERR_UDP_BATCH_NOT_NATIVE';
}
