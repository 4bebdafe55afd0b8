import { access } from 'node:fs/promises';

import { entryFiles, type EntrySelection } from '../catalog/own-entries.js';
import { type ImageSelection } from '../catalog/selection.js';
import { NetbootError } from '../errors.js';
import { isNotFound } from '../files/io-error.js';
import { entryEvidenceFiles, type Evidence, firmwareFiles } from '../store/evidence.js';
import { type ImageStore } from '../store/image-store.js';
import { generationPaths, storeLayout } from '../store/layout.js';
import {
  type Generation,
  isSelected,
  type StoredEntry,
  type StoredFile,
  type StoredTarget,
} from '../store/manifest.js';
import { type TrustOptions } from '../sync/sync-images.js';
import { DEBIAN_ARCHIVE_KEYRING } from '../trust/keyring.js';
import { type AcceptedTrust, repeatedEntries, unvouched } from './coverage.js';
import { checkEntryFacts, checkImageFacts, checkLoaderFacts } from './image-facts.js';
import { type GenerationReport, type ReportedEntry, type VerifyProblem } from './report.js';
import { SignedChain } from './signed-chain.js';
import { checkStoredFile, namedFiles } from './stored-files.js';

/** Options of {@link verifyStore}. */
export interface VerifyOptions {
  readonly store: ImageStore;
  /**
   * Generations to check.
   *
   * @default all of them
   */
  readonly generations?: readonly Generation[];
  /**
   * Trust rules, as for a sync: the keys whose signatures are accepted, and whether to accept images
   * that the generation declares unsigned. Anyone who can write to the store can declare an image
   * unsigned.
   *
   * @default Debian's archive keys; unsigned images are reported
   */
  readonly trust?: Pick<TrustOptions, 'keyring' | 'dangerouslyAcceptUnsigned'>;
  /**
   * Removes damaged files, so that the next sync fetches them again. The store must be opened for
   * writing.
   *
   * @default false
   */
  readonly repair?: boolean;
  /**
   * Accepts images that the generation declares to be trusted only by TLS, for these suites and
   * architectures: those selected with `trust: 'tls'`.
   *
   * @default none
   */
  readonly acceptTls?: readonly Pick<ImageSelection, 'suite' | 'arch'>[];
  /**
   * Extra entries that are selected, as for a sync: their hashes vouch for the files.
   *
   * @default none: all files are reported as `recorded`
   */
  readonly entries?: readonly EntrySelection[];
  readonly signal?: AbortSignal;
  /** Called with the number of files checked so far, and the total number of files. */
  readonly onProgress?: (checked: number, total: number) => void;
}

/**
 * Verifies the whole content of a store offline: every file must match its hash, and the archive's signatures
 * must vouch for it, through every step from the accepted InRelease to the served file.
 *
 * @returns a report for each generation, in the given order, without those that are pruned meanwhile
 * @throws {@link NetbootError} if the store itself cannot be read; problems of generations are in their
 *   reports
 */
export async function verifyStore(options: VerifyOptions): Promise<GenerationReport[]> {
  const { store, repair = false, signal = new AbortController().signal } = options;
  const { acceptTls = [], trust = {} } = options;
  const accepts: AcceptedTrust = {
    unsigned: trust.dangerouslyAcceptUnsigned ?? false,
    tls: ({ suite, arch }) => acceptTls.some((one) => one.suite === suite && one.arch === arch),
  };
  const chain = new SignedChain(store, trust.keyring ?? DEBIAN_ARCHIVE_KEYRING, Date.now());
  const checks: GenerationCheck[] = [];
  for (const generation of options.generations ?? (await store.generations())) {
    checks.push(await prepare(store, generation));
  }
  const total = new Set(checks.flatMap(({ files }) => [...files.keys()])).size;
  const results = new Map<string, VerifyProblem | undefined>();
  const reports: GenerationReport[] = [];
  for (const check of checks) {
    try {
      const one = await checkGeneration(check);
      if (one.problems.length === 0 || (await exists(store, check.generation))) {
        reports.push(one);
      }
    } catch (error) {
      if (await exists(store, check.generation)) {
        throw error;
      }
    }
  }
  if (repair) {
    await removeDamaged(store, [...results.values()], signal);
  }
  return reports;

  async function checkGeneration(check: GenerationCheck): Promise<GenerationReport> {
    for (const [sha256, { file, subject }] of check.files) {
      signal.throwIfAborted();
      if (results.has(sha256)) {
        continue;
      }
      results.set(sha256, await checkStoredFile(store, file, subject, signal));
      options.onProgress?.(results.size, total);
    }
    const damaged = [...check.files.keys()]
      .map((sha256) => results.get(sha256))
      .filter((problem) => problem !== undefined);
    return report(store, chain, check, damaged, accepts, options.entries ?? []);
  }
}

/** Returns false if a prune has removed a generation in the meantime. */
async function exists(store: ImageStore, { id }: Generation): Promise<boolean> {
  try {
    await access(generationPaths(storeLayout(store.directory), id).directory);
    return true;
  } catch (error) {
    return !isNotFound(error);
  }
}

interface GenerationCheck {
  readonly generation: Generation;
  readonly evidence: Evidence | undefined;
  readonly evidenceError: NetbootError | undefined;
  readonly files: ReturnType<typeof namedFiles>;
}

async function prepare(store: ImageStore, generation: Generation): Promise<GenerationCheck> {
  let evidence: Evidence | undefined;
  let evidenceError: NetbootError | undefined;
  try {
    evidence = await store.evidence(generation.id);
  } catch (error) {
    if (!(error instanceof NetbootError)) {
      throw error;
    }
    evidenceError = error;
  }
  const files = namedFiles(generation.manifest, evidence);
  return { generation, evidence, evidenceError, files };
}

async function report(
  store: ImageStore,
  chain: SignedChain,
  { generation, evidence, evidenceError, files }: GenerationCheck,
  damaged: readonly VerifyProblem[],
  accepts: AcceptedTrust,
  selected: readonly EntrySelection[],
): Promise<GenerationReport> {
  const { id, manifest } = generation;
  const problems = [...damaged];
  const attempt = async (subject: string, check: () => Promise<void>): Promise<void> => {
    try {
      await check();
    } catch (error) {
      // The damaged file is the problem; its consequences are not reported.
      if (!(error instanceof NetbootError) || isNotFound(error)) {
        if (damaged.length === 0) {
          throw error;
        }
      } else {
        problems.push({ subject, error });
      }
    }
  };
  const isDamaged = ({ sha256 }: StoredFile): boolean =>
    damaged.some(({ file }) => file?.sha256 === sha256);
  if (evidenceError !== undefined) {
    problems.push({ subject: id, error: evidenceError });
  }
  for (const problem of [
    ...repeatedEntries(manifest, evidence),
    ...(evidence === undefined ? [] : unvouched(manifest, evidence, accepts)),
  ]) {
    problems.push(problem);
  }
  for (const installer of evidence?.installers ?? []) {
    const subject = `${installer.suite} ${installer.arch}`;
    await attempt(subject, () => chain.checkInstaller(manifest, installer));
  }
  for (const daily of evidence?.daily ?? []) {
    const subject = `${daily.suite} ${daily.arch}`;
    await attempt(subject, () => chain.checkDaily(manifest, daily));
  }
  for (const vouching of [...(evidence?.installers ?? []), ...(evidence?.daily ?? [])]) {
    const { suite, arch, firmware } = vouching;
    if (firmware !== undefined && !firmwareFiles(firmware).some(isDamaged)) {
      await attempt(`${suite} ${arch} firmware`, () =>
        chain.checkFirmware(manifest, vouching, firmware),
      );
    }
  }
  for (const target of evidence === undefined ? [] : manifest.targets) {
    const { suite, arch, variant } = target;
    const vouching = [...(evidence?.installers ?? []), ...(evidence?.daily ?? [])];
    const own = vouching.find((one) => one.suite === suite && one.arch === arch);
    // Already reported: nothing vouches for the image.
    if (own === undefined && target.unsigned !== true) {
      continue;
    }
    if (isDamaged(target.files.linux)) {
      continue;
    }
    await attempt(`${suite} ${arch} ${variant}`, () =>
      checkImageFacts(store, target, own?.modules),
    );
  }
  for (const loaders of manifest.efiLoaders) {
    if (Object.values(loaders.files).some(isDamaged)) {
      continue;
    }
    await attempt(`${loaders.suite} ${loaders.arch} UEFI`, () => checkLoaderFacts(store, loaders));
  }
  const { biosLoaders } = manifest;
  const loaderEvidence = evidence?.biosLoaders;
  if (biosLoaders !== undefined && loaderEvidence !== undefined) {
    await attempt('PXELINUX', () => chain.checkBiosLoaders(biosLoaders, loaderEvidence));
  }
  const entries: ReportedEntry[] = [];
  for (const entry of manifest.entries ?? []) {
    const subject = `entry ${entry.id}`;
    const own = evidence?.entries?.find(({ id }) => id === entry.id);
    const files = [
      ...entry.files.map(({ file }) => file),
      ...(own === undefined ? [] : entryEvidenceFiles(own)),
    ];
    if (own !== undefined && !files.some(isDamaged)) {
      await attempt(subject, () => chain.checkEntry(entry, own));
      await attempt(subject, () => checkEntryFacts(store, entry));
    }
    if (own !== undefined) {
      entries.push({ id: entry.id, proof: proofOf(entry, selected) });
    }
  }
  const imagesThat = (isMeant: (target: StoredTarget) => boolean): string[] =>
    manifest.targets
      .filter(isMeant)
      .map(({ suite, arch, variant }) => `${suite} ${arch} ${variant}`);
  return {
    id,
    files: files.size,
    bytes: [...files.values()].reduce((sum, { file }) => sum + file.size, 0),
    unsigned: imagesThat(({ unsigned }) => unsigned === true),
    tls: imagesThat(({ trust }) => trust === 'tls'),
    entries,
    problems,
  };
}

/** Returns what vouches for an extra entry with evidence. */
function proofOf(entry: StoredEntry, selected: readonly EntrySelection[]): ReportedEntry['proof'] {
  if (entry.package !== undefined) {
    return 'signed';
  }
  const selection = selected.find(({ id }) => id === entry.id);
  const isPinned =
    selection !== undefined &&
    isSelected(entry, selection) &&
    entryFiles(selection).every(({ source }) => source.sha256 !== undefined);
  return isPinned ? 'pinned' : 'recorded';
}

async function removeDamaged(
  store: ImageStore,
  results: readonly (VerifyProblem | undefined)[],
  signal: AbortSignal,
): Promise<void> {
  const files = results.map((result) => result?.file).filter((file) => file !== undefined);
  if (files.length === 0) {
    return;
  }
  const update = await store.beginUpdate(signal);
  try {
    for (const { sha256 } of files) {
      await update.discard(sha256);
    }
  } finally {
    await update.close();
  }
}
