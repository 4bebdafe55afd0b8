import { type Suite, suiteFacts } from '../catalog/suite.js';
import { failure, type Result, success } from '../errors.js';
import { isPlainPath } from '../formats/plain-path.js';

/** File that a Release lists; its path is relative to the suite's directory `dists/<suite>/`. */
export interface ListedFile {
  readonly path: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** Size in bytes. */
  readonly size: number;
}

/** Fields of a suite's Release file. */
export interface ReleaseFile {
  readonly origin: string;
  /** Alias, such as `stable` or `testing`. */
  readonly suite: string;
  readonly codename: string;
  /** Version of the point release, such as `13.7`; testing and unstable have none. */
  readonly version: string | undefined;
  /** Time when the archive created the file. */
  readonly date: Date;
  /** Time when the file expires; `undefined` for Debian's released suites, whose files never expire. */
  readonly validUntil: Date | undefined;
  /** True if files can be requested by hash, which avoids a race with a mirror's update. */
  readonly acquireByHash: boolean;
  /** Files in the `SHA256` section, by path. Other sections are not trusted. */
  readonly files: ReadonlyMap<string, ListedFile>;
}

/** Maximum number of lines; Debian's Release files have about 1,600. */
const MAX_LINES = 200_000;

/** `<sha256> <size> <path>`, with spaces before the size for alignment. */
const LISTED_FILE = /^ ([0-9a-f]{64}) +(\d{1,15}) ([^ ]+)$/;

/**
 * Parses a Release file, the signed text of an InRelease (deb822 syntax; Debian repository format).
 * Every path occurs under `MD5Sum` and under `SHA256`; only the hashes under `SHA256` are read.
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
        return malformed(`an empty line ${index + 1}`);
      }
      break;
    }
    if (line.startsWith(' ')) {
      if (section !== 'sha256') {
        continue;
      }
      const file = parseListedFile(line);
      if (file === undefined) {
        return malformed(`an invalid hash on line ${index + 1}`);
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
      return malformed(`no field name on line ${index + 1}`);
    }
    section = line.slice(0, colon).toLowerCase();
    if (fields.has(section)) {
      return malformed(`a repeated field ${line.slice(0, colon)}`);
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
    return malformed('no valid Date');
  }
  const validUntilText = fields.get('valid-until');
  const validUntil = validUntilText === undefined ? undefined : parseDate(validUntilText);
  if (validUntilText !== undefined && validUntil === undefined) {
    return malformed('an invalid Valid-Until');
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

/**
 * Parses a date in the form of Release files: `Sat, 12 Sep 2026 07:55:41 UTC`, also with `GMT` or `+0000`.
 * Returns `undefined` for any other form.
 */
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
  // Date.UTC normalises: 31 June would become 1 July.
  return date.getUTCDate() === Number(day) ? date : undefined;
}

function malformed(what: string): Result<never> {
  return failure('ERR_NETBOOT_MALFORMED_RELEASE', `the Release file has ${what}`);
}

/** Returns the version of a release: `13.7`; for testing and unstable, which have none, their alias. */
export function releaseVersion(suite: Suite, { version }: ReleaseFile): string {
  const alias = suiteFacts(suite).release === undefined ? 'unstable' : 'testing';
  return version ?? alias;
}
