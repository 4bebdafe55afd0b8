import { z } from 'zod';

import { ARCHES } from '../catalog/arch.js';
import { BIOS_LOADER_NAMES, type BiosLoaderName } from '../catalog/bios-loaders.js';
import { SUITES } from '../catalog/suite.js';
import { VARIANTS } from '../catalog/variant.js';
import { failure, type Result, success } from '../errors.js';
import { isPlainPath } from '../formats/plain-path.js';
import { isGenerationId } from './layout.js';
import { type GenerationManifest } from './manifest.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const storedFile = z.strictObject({ sha256, size: z.int().nonnegative() }).readonly();
const suite = z.enum(SUITES);
const arch = z.enum(ARCHES);

const target = z.strictObject({
  suite,
  arch,
  variant: z.enum(VARIANTS),
  build: z.string().regex(/^[0-9A-Z.+~-]{1,64}$/i),
  version: z.string().max(64),
  kernelVersion: z.string().max(128),
  abi: z.enum(['ok', 'last', 'stale', 'unknown']),
  carriedOver: z.boolean(),
  unsigned: z.literal(true).exactOptional(),
  trust: z.literal('tls').exactOptional(),
  proof: z.enum(['list', 'package']).exactOptional(),
  olderThanSeen: z.literal(true).exactOptional(),
  releaseDate: z.iso.datetime().exactOptional(),
  files: z.strictObject({ linux: storedFile, 'initrd.gz': storedFile }),
});

const biosFiles = z.strictObject(
  Object.fromEntries(BIOS_LOADER_NAMES.map((name) => [name, storedFile])) as Record<
    BiosLoaderName,
    typeof storedFile
  >,
);

const manifest = z.strictObject({
  id: z.string().refine(isGenerationId),
  createdAt: z.iso.datetime(),
  targets: z.array(target),
  biosLoaders: z
    .strictObject({
      suite,
      version: z.string().max(128),
      packages: z.record(z.string().max(64), sha256),
      files: biosFiles,
    })
    .exactOptional(),
  efiLoaders: z.array(
    z.strictObject({
      suite,
      arch,
      build: z.string().max(64),
      trust: z.enum(['tls', 'none']).exactOptional(),
      hasHttp: z.boolean(),
      files: z.record(z.string().refine(isPlainPath), storedFile),
    }),
  ),
});

/** Reads a manifest as {@link formatManifest} writes it. */
export function parseManifest(text: string): Result<GenerationManifest> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return failure('ERR_NETBOOT_STORE_DAMAGED', 'the manifest is not JSON', { cause });
  }
  const parsed = manifest.safeParse(json);
  if (parsed.success) {
    return success(parsed.data);
  }
  const [issue] = parsed.error.issues;
  return failure(
    'ERR_NETBOOT_STORE_DAMAGED',
    `the manifest is wrong at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    { cause: parsed.error },
  );
}

/** A manifest as text. */
export function formatManifest(content: GenerationManifest): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
