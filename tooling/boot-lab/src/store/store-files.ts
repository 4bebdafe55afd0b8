import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { LabError } from '@pxe/lab-host';

const fileSchema = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });

const manifestSchema = z.object({
  targets: z.array(z.object({ arch: z.string(), files: z.record(z.string(), fileSchema) })),
  efiLoaders: z.array(z.object({ arch: z.string(), files: z.record(z.string(), fileSchema) })),
});

/** Returns the id of the generation that a store serves. */
export async function currentGeneration(store: string): Promise<string> {
  return (await readFile(join(store, 'current'), 'utf8')).trim();
}

/**
 * Returns the path of a UEFI loader of the newest suite in a store.
 *
 * @param name - file name as in the installer's netboot directory: `bootnetx64.efi`, `grubx64.efi`
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` when the store has none
 */
export async function efiLoaderFile(
  store: string,
  { arch, name }: { readonly arch: string; readonly name: string },
): Promise<string> {
  // The newest suite comes first, and the server uses its loaders.
  const loaders = (await readManifest(store)).efiLoaders.find((pair) => pair.arch === arch);
  return blobOf(store, loaders?.files[name], `${name} for ${arch}`);
}

/**
 * Returns the path of the kernel of the newest suite in a store.
 *
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` when the store has none
 */
export async function kernelFile(store: string, arch: string): Promise<string> {
  return installerFile(store, arch, 'linux');
}

/**
 * Returns the path of the text installer's initrd of the newest suite in a store.
 *
 * @throws {@link LabError} `ERR_LAB_PREREQUISITE` when the store has none
 */
export async function initrdFile(store: string, arch: string): Promise<string> {
  return installerFile(store, arch, 'initrd.gz');
}

async function installerFile(store: string, arch: string, name: string): Promise<string> {
  const target = (await readManifest(store)).targets.find((candidate) => candidate.arch === arch);
  return blobOf(store, target?.files[name], `${name} for ${arch}`);
}

async function readManifest(store: string): Promise<z.infer<typeof manifestSchema>> {
  const generation = await currentGeneration(store);
  const text = await readFile(join(store, 'generations', generation, 'manifest.json'), 'utf8');
  return manifestSchema.parse(JSON.parse(text));
}

function blobOf(store: string, file: z.infer<typeof fileSchema> | undefined, what: string): string {
  if (file === undefined) {
    throw new LabError('ERR_LAB_PREREQUISITE', `the store has no ${what}`);
  }
  return join(store, 'blobs', 'sha256', file.sha256.slice(0, 2), file.sha256);
}
