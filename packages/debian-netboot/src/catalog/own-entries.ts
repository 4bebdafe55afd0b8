import { failure, type Result, success } from '../errors.js';

/** Maximum number of extra entries in a generation. */
export const MAX_ENTRIES = 64;

/** Maximum number of initrds of an extra entry. */
export const MAX_ENTRY_INITRDS = 8;

/** Maximum size of a file of an extra entry, in bytes. */
export const MAX_ENTRY_FILE_BYTES: number = 1024 * 1024 * 1024;

/** Source of a file of an extra entry: a web server, or the file system of this host. */
export type EntryFileSource =
  | {
      /** URL with http or https, without credentials or fragment. */
      readonly url: string;
      /** SHA-256 of the content; required, since nothing else vouches for it. */
      readonly sha256: string;
    }
  | {
      /** Absolute path of a regular file. */
      readonly path: string;
      /**
       * Expected SHA-256 of the content.
       *
       * @default none: any content is accepted, and its hash is recorded
       */
      readonly sha256?: string;
    };

/** Debian packages that can be an extra entry. */
export const ENTRY_PACKAGES = ['memtest86+'] as const;

/** Value of {@link EntrySelection.package}. */
export type EntryPackage = (typeof ENTRY_PACKAGES)[number];

/** Files of a boot entry that is not one of Debian's installers. */
export interface EntrySelection {
  /** Name in menus and paths: at most 63 lower-case letters, digits, dots, underscores and hyphens. */
  readonly id: string;
  /** Kernel. Exactly one of `kernel`, `loader` and `package` must be present. */
  readonly kernel?: EntryFileSource;
  /** Initrds for the kernel. @default none */
  readonly initrds?: readonly EntryFileSource[];
  /** Boot program to start: one for BIOS or UEFI, or an iPXE script. */
  readonly loader?: EntryFileSource;
  /** Package that the files are taken from, verified by the archive's signature. */
  readonly package?: EntryPackage;
}

/** Returns true if a text can be the id of an extra entry: a segment of a path that needs no escaping. */
export function isEntryId(id: string): boolean {
  return /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/.test(id) && !id.includes('..');
}

/** Returns the files of an extra entry with their roles; empty if they come from a package. */
export function entryFiles({
  kernel,
  initrds = [],
  loader,
}: EntrySelection): readonly { readonly role: EntryRole; readonly source: EntryFileSource }[] {
  return [
    ...(kernel === undefined ? [] : [{ role: 'kernel' as const, source: kernel }]),
    ...initrds.map((source) => ({ role: 'initrd' as const, source })),
    ...(loader === undefined ? [] : [{ role: 'loader' as const, source: loader }]),
  ];
}

/** Role of a file in an extra entry. */
export type EntryRole = 'kernel' | 'initrd' | 'loader';

/** Checks the selection of extra entries. */
export function checkEntries(
  entries: readonly EntrySelection[],
): Result<readonly EntrySelection[]> {
  const invalid = (what: string, hint: string): Result<never> =>
    failure('ERR_NETBOOT_INVALID_SELECTION', what, { hint });
  if (entries.length > MAX_ENTRIES) {
    return invalid(
      `expected at most ${MAX_ENTRIES} extra entries, got ${entries.length}`,
      'select fewer',
    );
  }
  const ids = new Set<string>();
  for (const entry of entries) {
    const { id, initrds = [] } = entry;
    if (!isEntryId(id)) {
      const hint =
        'use at most 63 lower-case letters, digits, dots, underscores and hyphens, with a letter or digit at both ends and no two dots in a row';
      return invalid(`invalid id of an extra entry: ${JSON.stringify(id)}`, hint);
    }
    if (ids.has(id)) {
      return invalid(`two extra entries have the id ${id}`, 'rename one of them');
    }
    ids.add(id);
    const kinds = [entry.kernel, entry.loader, entry.package].filter((part) => part !== undefined);
    if (kinds.length !== 1) {
      return invalid(
        `the extra entry ${id} must have exactly one of kernel, loader and package`,
        kinds.length === 0 ? 'add one of them' : 'keep one of them',
      );
    }
    if (initrds.length > 0 && entry.kernel === undefined) {
      return invalid(
        `the extra entry ${id} has initrds without a kernel`,
        'add a kernel, or remove the initrds',
      );
    }
    if (initrds.length > MAX_ENTRY_INITRDS) {
      return invalid(
        `${id}: expected at most ${MAX_ENTRY_INITRDS} initrds, got ${initrds.length}`,
        'use fewer',
      );
    }
    const fault = entryFiles(entry)
      .map(({ source }) => sourceFault(source))
      .find((one) => one !== undefined);
    if (fault !== undefined) {
      return invalid(`${id}: ${fault}`, 'name a local file, or a URL with its sha256');
    }
  }
  return success(entries);
}

/** Returns the problem with the source of a file; `undefined` if it is valid. */
export function sourceFault(source: EntryFileSource): string | undefined {
  if (source.sha256 !== undefined && !/^[0-9a-f]{64}$/.test(source.sha256)) {
    return 'expected a sha256 of 64 lower-case hex digits';
  }
  if ('path' in source) {
    return /^\/[^\0]*$/.test(source.path) ? undefined : 'expected an absolute path';
  }
  const url = URL.canParse(source.url) ? new URL(source.url) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    return 'expected a URL with http or https';
  }
  return url.username === '' && url.password === '' && url.hash === ''
    ? undefined
    : 'expected a URL without credentials or fragment';
}
