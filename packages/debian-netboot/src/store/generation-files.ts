import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import { expectValue, NetbootError } from '../errors.js';
import { checksumLine, readRecord } from '../files/checked-file.js';
import { replaceFile, syncDirectory, writeNewFile } from '../files/durable-file.js';
import { isInaccessible, isNotFound } from '../files/io-error.js';
import { type Evidence, parseEvidence } from './evidence.js';
import { CHECKSUMS_NAME, generationPaths, isGenerationId, type StoreLayout } from './layout.js';
import {
  formatManifest,
  type Generation,
  type GenerationManifest,
  parseManifest,
} from './manifest.js';
import { expectKind, makeDirectory, readableNames } from './store-directory.js';

/**
 * Returns the id of the current generation; `undefined` if there is none.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED` if its record is damaged
 */
export async function readCurrentId(layout: StoreLayout): Promise<string | undefined> {
  const text = (await readRecord(layout.current))?.toString('latin1');
  if (text === undefined) {
    return undefined;
  }
  // No checksum is needed: an id with a wrong digit does not name any generation.
  const id = text.slice(0, -1);
  if (isGenerationId(id) && text === `${id}\n`) {
    return id;
  }
  throw new NetbootError(
    'ERR_NETBOOT_STORE_DAMAGED',
    `${layout.current} does not name a generation`,
    {
      hint: 'remove the file and sync again',
    },
  );
}

/**
 * Makes a generation current, with one rename. The directory of the previous one gets the current time as
 * its mtime ({@link lastUseOf}), since clients may still be reading it.
 */
export async function switchCurrent(layout: StoreLayout, id: string): Promise<void> {
  const before = await readCurrentId(layout).catch(() => undefined);
  if (before !== undefined && before !== id) {
    const now = new Date();
    await utimes(generationPaths(layout, before).directory, now, now).catch(() => undefined);
  }
  await replaceFile(layout.current, `${id}\n`, layout.temporary);
}

/** Returns the time when a generation stopped being current, or when it was created if it never was. */
export async function lastUseOf(layout: StoreLayout, id: string): Promise<Date> {
  return (await stat(generationPaths(layout, id).directory)).mtime;
}

/**
 * Reads a generation.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_NO_GENERATION` if it does not exist,
 *   `ERR_NETBOOT_STORE_DAMAGED` if its manifest cannot be read
 */
export async function readGeneration(layout: StoreLayout, id: string): Promise<Generation> {
  // An id may come from a command line, and must not lead out of the store.
  if (!isGenerationId(id)) {
    throw noGeneration(id);
  }
  const { directory, manifest: path } = generationPaths(layout, id);
  await expectKind(directory, 'directory');
  const content = await readRecord(path);
  if (content === undefined) {
    throw noGeneration(id);
  }
  await checkRecord(layout, id, 'manifest.json', content);
  const manifest = parseManifest(content.toString('utf8'));
  if (manifest.ok && manifest.value.id === id) {
    return { id, manifest: manifest.value };
  }
  throw new NetbootError('ERR_NETBOOT_STORE_DAMAGED', `${path} is damaged`, {
    hint: 'sync again; the files are kept for a new generation',
    cause: manifest.ok ? undefined : manifest.error,
  });
}

/**
 * Reads the proof on which the trust in a generation is based.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED` if it is missing or damaged,
 *   `ERR_NETBOOT_NO_GENERATION` for an invalid id
 */
export async function readEvidence(layout: StoreLayout, id: string): Promise<Evidence> {
  if (!isGenerationId(id)) {
    throw noGeneration(id);
  }
  const { directory, evidence: path } = generationPaths(layout, id);
  await expectKind(directory, 'directory');
  const content = await readRecord(path);
  if (content === undefined) {
    throw new NetbootError('ERR_NETBOOT_STORE_DAMAGED', `${path} is missing`, {
      hint: 'sync again',
    });
  }
  await checkRecord(layout, id, 'evidence.json', content);
  return parseEvidence(content.toString('utf8'));
}

/**
 * Verifies one of a generation's own files with its checksum. A generation without checksums comes from an
 * earlier version of this package and is accepted.
 */
async function checkRecord(
  layout: StoreLayout,
  id: string,
  name: 'manifest.json' | 'evidence.json',
  content: Uint8Array,
): Promise<void> {
  const { checksums: path } = generationPaths(layout, id);
  const checksums = (await readRecord(path))?.toString('latin1');
  if (checksums === undefined) {
    return;
  }
  const [, ...lines] = CHECKSUM_LINES.exec(checksums) ?? [];
  if (lines.includes(checksumLine(name, content))) {
    return;
  }
  throw new NetbootError(
    'ERR_NETBOOT_STORE_DAMAGED',
    `${name} of generation ${id} does not match its checksum in ${path}`,
    { hint: 'sync again; the files are kept for a new generation' },
  );
}

/** Matches the content of a generation's checksum file. */
const CHECKSUM_LINES = /^([0-9a-f]{64} {2}manifest\.json\n)([0-9a-f]{64} {2}evidence\.json\n)$/;

function noGeneration(id: string): NetbootError {
  return new NetbootError('ERR_NETBOOT_NO_GENERATION', `there is no generation ${id}`, {
    hint: 'choose one from the list of generations',
  });
}

/** Returns the ids of all generations, newest first. */
export async function listGenerationIds(layout: StoreLayout): Promise<string[]> {
  try {
    return newestFirst(await readdir(layout.generations));
  } catch (error) {
    if (isNotFound(error)) {
      return [];
    }
    throw error;
  }
}

/**
 * Returns the ids of the generations, newest first; none if the disk fails to read their directory.
 */
export async function readableGenerationIds(layout: StoreLayout): Promise<string[]> {
  return newestFirst(await readableNames(layout.generations));
}

/**
 * Reads every readable generation, newest first. Skips any that is damaged, is being removed, or may not be
 * read by this user.
 */
export async function readGenerations(layout: StoreLayout): Promise<Generation[]> {
  const generations: Generation[] = [];
  for await (const generation of readableGenerations(layout)) {
    generations.push(generation);
  }
  return generations;
}

/** Reads the newest readable generation; `undefined` if there is none. */
export async function newestGeneration(layout: StoreLayout): Promise<Generation | undefined> {
  for await (const generation of readableGenerations(layout)) {
    return generation;
  }
  return undefined;
}

async function* readableGenerations(layout: StoreLayout): AsyncGenerator<Generation> {
  for (const id of await readableGenerationIds(layout)) {
    try {
      yield await readGeneration(layout, id);
    } catch (error) {
      if (!(error instanceof NetbootError || isInaccessible(error))) {
        throw error;
      }
    }
  }
}

/** Removes a generation; the files that it refers to stay. */
export async function removeGeneration(layout: StoreLayout, id: string): Promise<void> {
  await rm(generationPaths(layout, id).directory, { recursive: true, force: true });
}

function newestFirst(names: readonly string[]): string[] {
  return names.filter(isGenerationId).sort().reverse();
}

/** Generation on disk that is not yet visible under its id. */
export interface GenerationDraft {
  readonly generation: Generation;
  readonly directory: string;
}

/** Writes a generation's own files to a temporary directory. */
export async function draftGeneration(
  layout: StoreLayout,
  manifest: GenerationManifest,
  evidence: string,
): Promise<GenerationDraft> {
  const directory = join(layout.temporary, manifest.id);
  await rm(directory, { recursive: true, force: true });
  await makeDirectory(directory);
  // Parse the text again: a manifest that cannot be read must never be written.
  const text = formatManifest(manifest);
  const stored = expectValue(parseManifest(text));
  await Promise.all([
    writeNewFile(join(directory, 'manifest.json'), text),
    writeNewFile(join(directory, 'evidence.json'), evidence),
    writeNewFile(
      join(directory, CHECKSUMS_NAME),
      checksumLine('manifest.json', text) + checksumLine('evidence.json', evidence),
    ),
  ]);
  await syncDirectory(directory);
  return { generation: { id: manifest.id, manifest: stored }, directory };
}

/** Publishes a complete generation under its id, atomically. */
export async function publishGeneration(
  layout: StoreLayout,
  { generation, directory }: GenerationDraft,
): Promise<void> {
  await rename(directory, generationPaths(layout, generation.id).directory);
  await syncDirectory(layout.generations);
}
