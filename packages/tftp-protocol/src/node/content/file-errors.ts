import { WireErrorCode } from '../../codec/constants.js';
import { TftpError } from '../../errors.js';

const WIRE_CODES: Readonly<Record<string, number>> = {
  ENOENT: WireErrorCode.fileNotFound,
  ENOTDIR: WireErrorCode.fileNotFound,
  ENAMETOOLONG: WireErrorCode.fileNotFound,
  EACCES: WireErrorCode.accessViolation,
  EPERM: WireErrorCode.accessViolation,
  EISDIR: WireErrorCode.accessViolation,
  ELOOP: WireErrorCode.accessViolation,
  ENXIO: WireErrorCode.accessViolation,
  EROFS: WireErrorCode.accessViolation,
  ENOSPC: WireErrorCode.diskFull,
  EDQUOT: WireErrorCode.diskFull,
  EFBIG: WireErrorCode.diskFull,
  EEXIST: WireErrorCode.fileExists,
};

/**
 * Returns the `TftpError` for a file-system error: the client gets only the wire code, since the message may
 * contain paths.
 */
export function asTftpError(error: unknown): TftpError {
  if (error instanceof TftpError) {
    return error;
  }
  const code = systemCode(error);
  const wireCode = (code === undefined ? undefined : WIRE_CODES[code]) ?? WireErrorCode.notDefined;
  const message = error instanceof Error ? error.message : String(error);
  return new TftpError(message, { wireCode, cause: error });
}

/** Number of `EDQUOT` on Linux; Node.js has no name for it. */
const EDQUOT = -122;

/** Returns the system code of a Node error, such as `ENOENT`; undefined if there is none. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) {
    return undefined;
  }
  // `UNKNOWN` from synchronous calls, and `Unknown system error -122` from others.
  const isUnnamed = /^unknown\b/i.test(error.code);
  return isUnnamed && 'errno' in error && error.errno === EDQUOT ? 'EDQUOT' : error.code;
}

const OUT_OF_RESOURCES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS']);

/** Returns true if an error or its cause reports a temporary lack of resources. */
export function isOutOfResources(error: unknown): boolean {
  const code = systemCode(error);
  if (code !== undefined && OUT_OF_RESOURCES.has(code)) {
    return true;
  }
  return error instanceof TftpError && error.cause !== undefined && isOutOfResources(error.cause);
}
