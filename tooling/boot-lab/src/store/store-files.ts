import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { LabError } from '@pxe/lab-host';

const fileSchema = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });

const manifestSchema = z.object({
  efiLoaders: z.array(z.object({ arch: z.string(), files: z.record(z.string(), fileSchema) })),
});

/** Returns the id of the generation that a store serves. */
export async function currentGeneration(store: string): Promise<string> {
  return (await readFile(join(store, 'current'), 'utf8')).trim();
}

/**
 * Returns the path of a UEFI loader of the newest suite in a store.
 *
 * @param name - as in the installer's netboot directory: `bootnetx64.efi`, `grubx64.efi`
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` when the store has none
 */
export async function efiLoaderFile(
  store: string,
  { arch, name }: { readonly arch: string; readonly name: string },
): Promise<string> {
  const generation = await currentGeneration(store);
  const text = await readFile(join(store, 'generations', generation, 'manifest.json'), 'utf8');
  const { efiLoaders } = manifestSchema.parse(JSON.parse(text));
  // The newest suite comes first, and it is its loaders that are served.
  const loaders = efiLoaders.find((pair) => pair.arch === arch);
  const sha256 = loaders?.files[name]?.sha256;
  if (sha256 === undefined) {
    const message = `the store has no ${name} for ${arch}`;
    throw new LabError('ERR_LAB_PREREQUISITE', message);
  }
  return join(store, 'blobs', 'sha256', sha256.slice(0, 2), sha256);
}
