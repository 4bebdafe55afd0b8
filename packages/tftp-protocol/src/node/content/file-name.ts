import { WireErrorCode } from '../../codec/constants.js';
import { TftpError } from '../../errors.js';

/** Rules for names sent by clients. */
export interface FileNameRules {
  /**
   * True to cut off junk that some boot ROMs append to names, such as 0xFF bytes and control characters.
   *
   * @default true
   */
  readonly trimJunk?: boolean;
  /**
   * True to refuse names that Windows treats as devices, streams or aliases.
   *
   * @default on Windows only
   */
  readonly refuseWindowsNames?: boolean;
}

/**
 * Parses a client's file name into path segments below a root. Backslashes are treated as slashes; leading,
 * doubled and trailing separators and `.` are ignored, so `/f`, `//f` and `.\f` are all `f`.
 *
 * @param filename - one character per byte on the wire; the bytes are decoded as UTF-8
 * @returns the segments; none is empty, `.` or `..`
 * @throws {@link TftpError} with wire code 2 for a name with `..` or control characters, or one refused by
 * `refuseWindowsNames`, and with wire code 1 for one that is not UTF-8
 */
export function parseFileName(filename: string, rules: FileNameRules = {}): string[] {
  const trimmed = (rules.trimJunk ?? true) ? trimJunk(filename) : filename;
  const segments = decodeUtf8(trimmed)
    .split(/[/\\]/)
    .filter((segment) => segment !== '' && segment !== '.');
  const refuseWindowsNames = rules.refuseWindowsNames ?? process.platform === 'win32';
  for (const segment of segments) {
    if (segment === '..') {
      throw new TftpError('file name leads to a parent directory', {
        wireCode: WireErrorCode.accessViolation,
      });
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
    const message = 'file name is not UTF-8';
    throw new TftpError(message, { wireCode: WireErrorCode.fileNotFound });
  }
  return text;
}

function hasControlCharacter(segment: string): boolean {
  return Array.from(segment).some((char) => char < ' ' || char === '\x7f');
}

/**
 * Returns true for device names, streams, drive letters, reserved characters, and endings that Windows drops.
 */
function isSpecialOnWindows(segment: string): boolean {
  return (
    /[:*?"<>|]|[. ]$/.test(segment) ||
    /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i.test(segment)
  );
}
