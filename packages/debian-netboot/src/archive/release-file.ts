import { type Suite, suiteFacts } from '../catalog/suite.js';
import { failure, type Result, success } from '../errors.js';
import { isPlainPath } from '../formats/plain-path.js';

/** A file that a Release lists: relative to the suite's directory, `dists/<suite>/`. */
export interface ListedFile {
  readonly path: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** Length in bytes. */
  readonly size: number;
}

/** What this package needs of a suite's Release file. */
export interface ReleaseFile {
  readonly origin: string;
  /** The alias: `stable`, `oldstable`, `testing`. */
  readonly suite: string;
  readonly codename: string;
  /** The point release; testing and unstable have none. */
  readonly version: string | undefined;
  /** When the archive made the file. */
  readonly date: Date;
  /** When it stops being valid; Debian's released suites never expire. */
  readonly validUntil: Date | undefined;
  /** Whether files can be asked for by hash, so that a mirror's update cannot race us. */
  readonly acquireByHash: boolean;
  /** The files of the `SHA256` section, by path. The other sections are not believed. */
  readonly files: ReadonlyMap<string, ListedFile>;
}

/** No Release of Debian has more lines than about 3,000; this stops someone else's. */
const MAX_LINES = 200_000;

/** `<sha256> <size> <path>`, blanks in front of the size to align it. */
const LISTED_FILE = /^ ([0-9a-f]{64}) +(\d{1,15}) ([^ ]+)$/;

/**
 * Reads a Release file: the signed text of an InRelease, nothing around it (Debian policy: the
 * deb822 syntax of `Release` in the Debian repository format). Hash lists are read by section: every
 * path stands once under `MD5Sum` and once under `SHA256`.
 */
export function parseReleaseFile(text: string): Result<ReleaseFile> {
  const lines = text.split('\n');
  if (lines.length > MAX_LINES) {
    return malformed(`more than ${MAX_LINES} lines`);
  }
  const fields = new Map<string, string>();
  const files = new Map<string, ListedFile>();
  let section = '';
  for (const [index, line] of lines.entries()) {
    if (line === '') {
      if (lines.slice(index + 1).some((rest) => rest !== '')) {
        return malformed(`an empty line inside, line ${index + 1}`);
      }
      break;
    }
    if (line.startsWith(' ')) {
      if (section !== 'sha256') {
        continue;
      }
      const file = parseListedFile(line);
      if (file === undefined) {
        return malformed(`an unreadable hash, line ${index + 1}`);
      }
      const known = files.get(file.path);
      if (known !== undefined && (known.sha256 !== file.sha256 || known.size !== file.size)) {
        return malformed(`two different hashes for ${file.path}`);
      }
      files.set(file.path, file);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1) {
      return malformed(`no field name, line ${index + 1}`);
    }
    section = line.slice(0, colon).toLowerCase();
    if (fields.has(section)) {
      return malformed(`the field ${line.slice(0, colon)} twice`);
    }
    fields.set(section, line.slice(colon + 1).trim());
  }
  return assemble(fields, files);
}

function assemble(
  fields: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, ListedFile>,
): Result<ReleaseFile> {
  const date = parseDate(fields.get('date') ?? '');
  if (date === undefined) {
    return malformed('no readable Date');
  }
  const validUntilText = fields.get('valid-until');
  const validUntil = validUntilText === undefined ? undefined : parseDate(validUntilText);
  if (validUntilText !== undefined && validUntil === undefined) {
    return malformed('an unreadable Valid-Until');
  }
  if (!fields.has('sha256')) {
    return malformed('no SHA256 section');
  }
  return success({
    origin: fields.get('origin') ?? '',
    suite: fields.get('suite') ?? '',
    codename: fields.get('codename') ?? '',
    version: fields.get('version'),
    date,
    validUntil,
    acquireByHash: fields.get('acquire-by-hash') === 'yes',
    files,
  });
}

function parseListedFile(line: string): ListedFile | undefined {
  const [, sha256, size, path] = LISTED_FILE.exec(line) ?? [];
  if (sha256 === undefined || size === undefined || path === undefined) {
    return undefined;
  }
  return isPlainPath(path) ? { path, sha256, size: Number(size) } : undefined;
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), {1,2}(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) (?:UTC|GMT|\+0000)$/;

/** Reads `Sat, 12 Sep 2026 07:55:41 UTC`: the one form that Release files may use. */
function parseDate(text: string): Date | undefined {
  const [, day, month, year, hours, minutes, seconds] = DATE.exec(text) ?? [];
  if (day === undefined || month === undefined) {
    return undefined;
  }
  const monthIndex = MONTHS.indexOf(month);
  if (monthIndex < 0 || monthIndex % 3 !== 0) {
    return undefined;
  }
  const date = new Date(
    Date.UTC(
      Number(year),
      monthIndex / 3,
      Number(day),
      Number(hours),
      Number(minutes),
      Number(seconds),
    ),
  );
  // Date.UTC carries over: the 31st of June would become the 1st of July.
  return date.getUTCDate() === Number(day) ? date : undefined;
}

function malformed(what: string): Result<never> {
  return failure('ERR_NETBOOT_MALFORMED_RELEASE', `the Release file has ${what}`);
}

/** `13.7`; for testing and unstable, which have no version, their alias. */
export function releaseVersion(suite: Suite, { version }: ReleaseFile): string {
  const alias = suiteFacts(suite).release === undefined ? 'unstable' : 'testing';
  return version ?? alias;
}
