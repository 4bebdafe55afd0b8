import { WireErrorCode } from '../../codec/constants.js';
import { TftpError } from '../../errors.js';

/** How names that clients send are read. */
export interface FileNameRules {
  /**
   * Cut off what some boot ROMs leave behind a name: bytes 0xFF and control characters.
   *
   * @default true
   */
  readonly trimJunk?: boolean;
  /**
   * Whether to refuse names that Windows takes for devices, streams or other names.
   *
   * @default on Windows only
   */
  readonly refuseWindowsNames?: boolean;
}

/**
 * Reads a client's file name as the segments of a path below some root. Backslashes separate like
 * slashes; leading, doubled and trailing separators and `.` count for nothing, so that `/f`, `//f`
 * and `.\f` are all `f`.
 *
 * @param filename - as it stood on the wire, one character per byte; its bytes are read as UTF-8
 * @returns the segments; none of them is empty, `.` or `..`
 * @throws TftpError with wire code 2 for a name that goes up (`..`), has control characters, or is
 * refused on Windows, and with wire code 1 for one that is no UTF-8
 */
export function parseFileName(filename: string, rules: FileNameRules = {}): string[] {
  const trimmed = (rules.trimJunk ?? true) ? trimJunk(filename) : filename;
  const segments = decodeUtf8(trimmed)
    .split(/[/\\]/)
    .filter((segment) => segment !== '' && segment !== '.');
  const refuseWindowsNames = rules.refuseWindowsNames ?? process.platform === 'win32';
  for (const segment of segments) {
    if (segment === '..') {
      throw new TftpError('file name goes up', { wireCode: WireErrorCode.accessViolation });
    }
    if (hasControlCharacter(segment)) {
      const message = 'file name has a control character';
      throw new TftpError(message, { wireCode: WireErrorCode.accessViolation });
    }
    if (refuseWindowsNames && isSpecialOnWindows(segment)) {
      const message = 'file name is special on Windows';
      throw new TftpError(message, { wireCode: WireErrorCode.accessViolation });
    }
  }
  return segments;
}

function trimJunk(filename: string): string {
  let end = filename.length;
  while (end > 0 && isJunk(filename.charCodeAt(end - 1))) {
    end -= 1;
  }
  return filename.slice(0, end);
}

function isJunk(byte: number): boolean {
  return byte < 0x20 || byte === 0xff;
}

function decodeUtf8(filename: string): string {
  const bytes = Buffer.from(filename, 'latin1');
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) {
    const message = 'file name is no UTF-8';
    throw new TftpError(message, { wireCode: WireErrorCode.fileNotFound });
  }
  return text;
}

function hasControlCharacter(segment: string): boolean {
  return Array.from(segment).some((char) => char < ' ' || char === '\x7f');
}

/** Device names, alternate streams and drive letters, and endings that Windows drops. */
function isSpecialOnWindows(segment: string): boolean {
  return (
    /[:*?"<>|]|[. ]$/.test(segment) ||
    /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i.test(segment)
  );
}
