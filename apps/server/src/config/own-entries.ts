import {
  ARCHES,
  type EntryFileSource,
  type EntrySelection,
  SUITES,
} from '@pxe/debian-netboot/catalog';

/** Value in `menu.entries` that stands for Debian's memtest86+. */
export const MEMTEST = 'memtest';

/**
 * Pattern of the start of every installer entry's id. The id of an extra entry must not start in this way.
 */
export const INSTALLER_ID = new RegExp(`^(?:${SUITES.join('|')})-(?:${ARCHES.join('|')})-`);

/** Item of `menu.entries`, as the schema returns it. */
type EntrySetting =
  | typeof MEMTEST
  | {
      readonly id: string;
      readonly title: string;
      readonly kernel?: EntryFileSetting | undefined;
      readonly initrds?: readonly EntryFileSetting[] | undefined;
      readonly args?: string | undefined;
      readonly loader?: EntryFileSetting | undefined;
    };

/** File of an entry: a path, or an object with a path or a URL. */
type EntryFileSetting =
  | string
  | {
      readonly path?: string | undefined;
      readonly url?: string | undefined;
      readonly sha256?: string | undefined;
    };

/** Extra entry of the menu. */
export interface OwnEntry {
  readonly id: string;
  readonly title: string;
  /** Arguments for the kernel. */
  readonly args: string;
  /** One sentence about the entry. */
  readonly help: string;
  /** Files that the entry consists of. */
  readonly selection: EntrySelection;
}

/** Returns the extra entries of a configuration, in the order of the menu. */
export function ownEntries(items: readonly EntrySetting[] | undefined = []): readonly OwnEntry[] {
  return items.map(ownEntryOf);
}

/** Returns the entry that an item of `menu.entries` describes. */
export function ownEntryOf(item: EntrySetting): OwnEntry {
  if (item === MEMTEST) {
    return {
      id: MEMTEST,
      title: 'Memory test (Memtest86+)',
      args: '',
      help: 'Tests the memory of this machine until it is switched off.',
      selection: { id: MEMTEST, package: 'memtest86+' },
    };
  }
  const { id, title, args = '', kernel, initrds = [], loader } = item;
  return {
    id,
    title,
    args,
    help: 'Custom entry of this server; not a Debian installer.',
    selection: {
      id,
      ...(kernel !== undefined && { kernel: sourceOf(kernel) }),
      ...(initrds.length > 0 && { initrds: initrds.map(sourceOf) }),
      ...(loader !== undefined && { loader: sourceOf(loader) }),
    },
  };
}

/** Returns the source of a file of an entry. */
export function sourceOf(file: EntryFileSetting): EntryFileSource {
  if (typeof file === 'string') {
    return { path: file };
  }
  const { path, url = '', sha256: hash } = file;
  if (path === undefined) {
    return { url, sha256: hash ?? '' };
  }
  return { path, ...(hash !== undefined && { sha256: hash }) };
}
