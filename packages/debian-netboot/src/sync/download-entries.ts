import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

import {
  findMemtest,
  MEMTEST_FILES,
  MEMTEST_INDEXES,
  MEMTEST_PACKAGE,
  readMemtest,
} from '../archive/memtest-package.js';
import {
  entryFiles,
  type EntryFileSource,
  type EntryRole,
  type EntrySelection,
  MAX_ENTRY_FILE_BYTES,
} from '../catalog/own-entries.js';
import { NetbootError } from '../errors.js';
import { describeIoError, isInaccessible, isNotFound } from '../files/io-error.js';
import { openFileContent } from '../files/read-file.js';
import { bootFacts, headOf } from '../image/boot-format.js';
import { type Delivery } from '../source/image-source.js';
import { type EntryEvidence, entryEvidenceFiles } from '../store/evidence.js';
import { indexText } from '../store/index-text.js';
import {
  isSelected,
  type StoredEntry,
  type StoredEntryFile,
  type StoredFile,
} from '../store/manifest.js';
import { type AcceptedRelease } from './accept-releases.js';
import { fetchIndex } from './fetch-index.js';
import { fetchPackage } from './fetch-package.js';
import { holdsAll } from './holds-all.js';
import { receiveFile, type SyncContext } from './sync-context.js';

/**
 * Maximum time that a sync spends on extra entries, in milliseconds: the images wait for them. The next sync
 * resumes.
 */
const MAX_DURATION_MS = 10 * 60 * 1000;

/** Entry in the store, with its proof. */
interface ProvenEntry {
  readonly entry: StoredEntry;
  readonly evidence: EntryEvidence;
}

/** Extra entries of a new generation. */
export interface StoredEntries {
  readonly entries: readonly StoredEntry[];
  readonly evidence: readonly EntryEvidence[];
  /** True if an entry could not be fetched. */
  readonly hasFailures: boolean;
}

/**
 * Adds the files of extra entries to the store, after those of the images. A failure is only reported, and
 * the entry of the previous generation is used if the selection still names its origins and hashes.
 *
 * @param releases - accepted releases to take packages from, in order of preference
 */
export async function storeEntries(
  context: SyncContext,
  releases: readonly AcceptedRelease[],
): Promise<StoredEntries> {
  const { update, onEvent, ownEntries } = context;
  const proven: ProvenEntry[] = [];
  let hasFailures = false;
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(tooSlow());
  }, MAX_DURATION_MS);
  const signal = AbortSignal.any([update.signal, deadline.signal]);
  try {
    for (const selection of ownEntries) {
      const kept = await keptEntry(context, selection);
      try {
        signal.throwIfAborted();
        proven.push(
          selection.package === undefined
            ? await entryOfFiles(context, selection, signal)
            : await entryOfPackage(context, selection, releases, kept),
        );
      } catch (error) {
        // No failure of an entry, not even a full disk, may prevent an image from being stored.
        update.signal.throwIfAborted();
        if (!(error instanceof NetbootError)) {
          throw error;
        }
        if (error.code === 'ERR_NETBOOT_NO_SPACE') {
          // Partial downloads could take up the space that the generation needs.
          await update.removePartials();
        }
        hasFailures = true;
        const isKept = kept !== undefined;
        onEvent({ type: 'entryMissing', id: selection.id, isKept, error });
        proven.push(...(isKept ? [kept] : []));
      }
    }
  } finally {
    clearTimeout(timer);
  }
  return {
    entries: proven.map(({ entry }) => entry),
    evidence: proven.map(({ evidence }) => evidence),
    hasFailures,
  };
}

/**
 * Returns an entry of the previous generation if all of its files are in the store, and have the selected
 * origins and hashes.
 */
async function keptEntry(
  { before, update }: SyncContext,
  selection: EntrySelection,
): Promise<ProvenEntry | undefined> {
  const entry = before?.manifest.entries?.find(({ id }) => id === selection.id);
  const evidence = before?.evidence.entries?.find(({ id }) => id === selection.id);
  if (entry === undefined || evidence === undefined) {
    return undefined;
  }
  if (!isSelected(entry, selection) || !hasOrigins(evidence, selection)) {
    return undefined;
  }
  const files = [...entry.files.map(({ file }) => file), ...entryEvidenceFiles(evidence)];
  return (await holdsAll(update, files)) ? { entry, evidence } : undefined;
}

/** Returns true if the files of an entry have the selected origins; hashes are not compared. */
function hasOrigins(evidence: EntryEvidence, selection: EntrySelection): boolean {
  const origins = entryFiles(selection).map(({ source }) => originOf(source));
  return (
    evidence.kind === 'package' ||
    origins.toString() === evidence.files.map(({ origin }) => origin).toString()
  );
}

function originOf(source: EntryFileSource): string {
  return 'url' in source ? source.url : source.path;
}

async function entryOfFiles(
  context: SyncContext,
  selection: EntrySelection,
  signal: AbortSignal,
): Promise<ProvenEntry> {
  const files: StoredEntryFile[] = [];
  const evidence: Extract<EntryEvidence, { kind: 'files' }>['files'][number][] = [];
  for (const { role, source } of entryFiles(selection)) {
    const file = await storeFile(context, `${selection.id} ${role}`, source, signal);
    files.push(await describeFile(context, role, file, originOf(source)));
    evidence.push({
      role,
      origin: originOf(source),
      file,
    });
  }
  const { id } = selection;
  return { entry: { id, files }, evidence: { id, kind: 'files', files: evidence } };
}

/**
 * Adds a file to the store. A file with a known hash may come from any of three places: the store, the source
 * of the images, or its origin.
 */
async function storeFile(
  context: SyncContext,
  label: string,
  source: EntryFileSource,
  signal: AbortSignal,
): Promise<StoredFile> {
  const { update, session, downloads } = context;
  const { sha256 } = source;
  const known = sha256 === undefined ? undefined : await update.find(sha256);
  if (known !== undefined) {
    return known;
  }
  const receive = (delivery: Delivery): Promise<StoredFile> => {
    expectSize(originOf(source), delivery.size);
    return receiveFile(context, delivery, { label, sha256, maxSize: MAX_ENTRY_FILE_BYTES });
  };
  if (sha256 !== undefined) {
    const found = await session.entryFile?.(sha256, receive);
    if (found !== undefined) {
      return found;
    }
  }
  if ('path' in source) {
    return withLocalFile(source.path, (file) => storeLocalFile(context, label, source, file));
  }
  const opened = await downloads?.();
  if (opened === undefined) {
    throw new NetbootError('ERR_NETBOOT_FILE_NOT_FOUND', `the bundle does not have ${label}`, {
      hint: 'export the bundle again from a store with this entry',
    });
  }
  const received = await update.partialLength(source.sha256);
  return receive(await opened.get(source.url, received, signal));
}

/** Stores a local file, unless the store has one with the same content. */
async function storeLocalFile(
  context: SyncContext,
  label: string,
  { path, sha256: pinned }: Extract<EntryFileSource, { path: string }>,
  file: FileHandle,
): Promise<StoredFile> {
  const { size } = await file.stat();
  const hash = createHash('sha256');
  let length = 0;
  for await (const piece of openFileContent(file)) {
    context.update.signal.throwIfAborted();
    length += piece.length;
    // The file may grow while it is read.
    expectSize(path, length);
    hash.update(piece);
  }
  const sha256 = hash.digest('hex');
  if (pinned !== undefined && pinned !== sha256) {
    throw new NetbootError(
      'ERR_NETBOOT_HASH_MISMATCH',
      `${path}: expected ${pinned}, got ${sha256}`,
      {
        hint: 'restore the file, or change the configured sha256',
      },
    );
  }
  const known = await context.update.find(sha256);
  const expected = { label, sha256, maxSize: MAX_ENTRY_FILE_BYTES };
  return known ?? (await receiveFile(context, { content: openFileContent(file), size }, expected));
}

/** Opens a regular file, passes it to `use`, and then closes it. */
async function withLocalFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    // Without O_NONBLOCK, a pipe would block forever.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) {
      throw new NetbootError('ERR_NETBOOT_MALFORMED_IMAGE', `${path} is not a regular file`, {
        hint: 'name a regular file',
      });
    }
    expectSize(path, found.size);
    return await use(file);
  } catch (error) {
    throw describeIoError(error, path);
  } finally {
    await file.close();
  }
}

function unreadable(path: string, cause: unknown): unknown {
  if (isNotFound(cause)) {
    return new NetbootError('ERR_NETBOOT_FILE_NOT_FOUND', `${path} does not exist`, { cause });
  }
  return isInaccessible(cause)
    ? new NetbootError('ERR_NETBOOT_NO_PERMISSION', `no permission to read ${path}`, { cause })
    : describeIoError(cause, path);
}

function expectSize(origin: string, size: number | undefined): void {
  if (size === undefined || (size > 0 && size <= MAX_ENTRY_FILE_BYTES)) {
    return;
  }
  const message =
    size === 0
      ? `${origin} is empty`
      : `${origin}: expected at most ${MAX_ENTRY_FILE_BYTES} bytes, got ${size}`;
  throw new NetbootError('ERR_NETBOOT_SIZE_MISMATCH', message, { hint: 'use another file' });
}

const ROLE_HINTS = {
  kernel: 'name a Linux or Multiboot kernel, or an EFI program',
  loader: 'name an EFI program, a PXE boot program or an iPXE script',
} as const satisfies Record<Exclude<EntryRole, 'initrd'>, string>;

/** Returns a stored file of an entry, with the formats that its header shows. */
async function describeFile(
  { update }: SyncContext,
  role: EntryRole,
  file: StoredFile,
  origin: string,
): Promise<StoredEntryFile> {
  if (role === 'initrd') {
    return { role, file };
  }
  const { formats, isSigned } = bootFacts(await headOf(update.read(file)), file.size, role);
  if (formats.length === 0) {
    throw new NetbootError(
      'ERR_NETBOOT_MALFORMED_IMAGE',
      `${origin} is not a ${role === 'kernel' ? 'kernel' : 'boot program'} that a boot loader can start`,
      { hint: ROLE_HINTS[role] },
    );
  }
  return { role, file, formats, isSigned };
}

async function entryOfPackage(
  context: SyncContext,
  { id }: EntrySelection,
  releases: readonly AcceptedRelease[],
  kept: ProvenEntry | undefined,
): Promise<ProvenEntry> {
  let failure: NetbootError | undefined;
  for (const release of releases) {
    try {
      return await entryOfRelease(context, id, release, kept);
    } catch (error) {
      if (!(error instanceof NetbootError)) {
        throw error;
      }
      failure ??= error;
    }
  }
  throw failure ?? noPackage('the source');
}

async function entryOfRelease(
  context: SyncContext,
  id: string,
  release: AcceptedRelease,
  kept: ProvenEntry | undefined,
): Promise<ProvenEntry> {
  const { suite, inRelease } = release;
  const packageIndex = await fetchIndex(context, release, MEMTEST_INDEXES);
  const listed =
    packageIndex &&
    (await findMemtest(indexText(context.update.read(packageIndex.file), packageIndex)));
  if (packageIndex === undefined || listed === undefined) {
    throw noPackage(suite);
  }
  const file = await fetchPackage(context, release, listed);
  const evidence: EntryEvidence = {
    id,
    kind: 'package',
    name: MEMTEST_PACKAGE,
    suite,
    inRelease,
    packageIndex,
    package: { path: listed.filename, file },
  };
  if (kept?.evidence.kind === 'package' && kept.evidence.package.file.sha256 === file.sha256) {
    return { entry: kept.entry, evidence };
  }
  const files: StoredEntryFile[] = [];
  for await (const { role, content } of readMemtest(context.update.read(file))) {
    const label = `${MEMTEST_PACKAGE} ${role}`;
    const stored = await context.update.add(content, { label, maxSize: MAX_ENTRY_FILE_BYTES });
    files.push(await describeFile(context, role, stored, `${MEMTEST_PACKAGE} of ${suite}`));
  }
  if (files.length !== MEMTEST_FILES) {
    throw noPackage(suite);
  }
  return { entry: { id, package: MEMTEST_PACKAGE, files: inOrder(files) }, evidence };
}

/** Sorts kernels before boot programs: a loader that can start both uses the kernel. */
function inOrder(files: readonly StoredEntryFile[]): readonly StoredEntryFile[] {
  return [
    ...files.filter(({ role }) => role === 'kernel'),
    ...files.filter(({ role }) => role !== 'kernel'),
  ];
}

function noPackage(suite: string): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_PACKAGE_NOT_FOUND',
    `${suite} has no package ${MEMTEST_PACKAGE} for BIOS and UEFI`,
    { hint: 'select images of Debian 12 or later for amd64, from a complete mirror' },
  );
}

function tooSlow(): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_NETWORK',
    `extra entries took more than ${MAX_DURATION_MS / 60_000} minutes`,
    { hint: 'use a faster server; the next sync resumes the download' },
  );
}
