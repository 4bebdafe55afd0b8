import { createHash } from 'node:crypto';

import { NetbootError } from '../errors.js';
import { describeIoError, isNotFound } from '../files/io-error.js';
import { type Evidence, evidenceFiles } from '../store/evidence.js';
import { type ImageStore } from '../store/image-store.js';
import { type GenerationManifest, manifestFiles, type StoredFile } from '../store/manifest.js';
import { type VerifyProblem } from './report.js';

/** Returns every file of a generation and its evidence, by SHA-256, with a name for messages. */
export function namedFiles(
  manifest: GenerationManifest,
  evidence: Evidence | undefined,
): ReadonlyMap<string, { readonly file: StoredFile; readonly subject: string }> {
  const named = new Map<string, { readonly file: StoredFile; readonly subject: string }>();
  const add = (file: StoredFile, subject: string): void => {
    if (!named.has(file.sha256)) {
      named.set(file.sha256, { file, subject });
    }
  };
  for (const { suite, arch, variant, files, firmware } of manifest.targets) {
    for (const [name, file] of Object.entries(files)) {
      add(file, `${suite} ${arch} ${variant} ${name}`);
    }
    if (firmware !== undefined) {
      add(firmware.file, `${suite} ${arch} firmware`);
    }
  }
  for (const [name, file] of Object.entries(manifest.biosLoaders?.files ?? {})) {
    add(file, name);
  }
  for (const { suite, arch, files } of manifest.efiLoaders) {
    for (const [name, file] of Object.entries(files)) {
      add(file, `${suite} ${arch} ${name}`);
    }
  }
  for (const { id, files } of manifest.entries ?? []) {
    for (const { role, file } of files) {
      add(file, `entry ${id} ${role}`);
    }
  }
  for (const file of manifestFiles(manifest)) {
    add(file, file.sha256);
  }
  for (const file of evidence === undefined ? [] : evidenceFiles(evidence)) {
    add(file, `evidence ${file.sha256}`);
  }
  return named;
}

/** Reads a stored file completely, and returns a problem if it does not match its hash. */
export async function checkStoredFile(
  store: ImageStore,
  file: StoredFile,
  subject: string,
  signal: AbortSignal,
): Promise<VerifyProblem | undefined> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const piece of store.read(file)) {
      signal.throwIfAborted();
      hash.update(piece);
      size += piece.length;
    }
  } catch (error) {
    if (error instanceof NetbootError && error.code === 'ERR_NETBOOT_STORE_HAS_LINKS') {
      return { subject, error, file };
    }
    if (!isNotFound(error)) {
      throw describeIoError(error, store.blobPath(file.sha256));
    }
    return problem(subject, file, 'ERR_NETBOOT_FILE_NOT_FOUND', 'is missing from the store');
  }
  if (size !== file.size) {
    const what = `is damaged: expected ${file.size} bytes, got ${size}`;
    return problem(subject, file, 'ERR_NETBOOT_SIZE_MISMATCH', what);
  }
  if (hash.digest('hex') !== file.sha256) {
    return problem(subject, file, 'ERR_NETBOOT_HASH_MISMATCH', 'has changed on disk');
  }
  return undefined;
}

function problem(
  subject: string,
  file: StoredFile,
  code: 'ERR_NETBOOT_FILE_NOT_FOUND' | 'ERR_NETBOOT_SIZE_MISMATCH' | 'ERR_NETBOOT_HASH_MISMATCH',
  what: string,
): VerifyProblem {
  const error = new NetbootError(code, `${subject} ${what}`, {
    hint: 'repair the store and sync again',
  });
  return { subject, error, file };
}
