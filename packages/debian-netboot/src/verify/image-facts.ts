import { findKernelVersions } from '../archive/package-index.js';
import { archFacts } from '../catalog/arch.js';
import { NetbootError } from '../errors.js';
import { type AbiState, classifyAbi } from '../image/abi.js';
import { bootFacts, headOf } from '../image/boot-format.js';
import { hasGrubHttp } from '../image/grub-http.js';
import { readKernelVersion } from '../image/kernel-version.js';
import { type ModuleEvidence } from '../store/evidence.js';
import { type ImageStore } from '../store/image-store.js';
import { indexText } from '../store/index-text.js';
import { type EfiLoaders, type StoredEntry, type StoredTarget } from '../store/manifest.js';

/**
 * Checks the kernel's properties in the manifest, which decide whether menus show an image, against the
 * kernel and the index of modules.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED`
 */
export async function checkImageFacts(
  store: ImageStore,
  { kernelVersion, abi, files }: StoredTarget,
  modules: ModuleEvidence | undefined,
): Promise<void> {
  expectFact('kernel', kernelVersion, await readKernelVersion(store.read(files.linux)));
  expectFact('modules', abi, await abiOf(store, kernelVersion, modules));
}

/**
 * Checks the statement of the manifest about GRUB's HTTP support, which its menu paths depend on.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED`
 */
export async function checkLoaderFacts(
  store: ImageStore,
  { arch, hasHttp, files }: EfiLoaders,
): Promise<void> {
  const grub = files[archFacts(arch).grub];
  const can = grub !== undefined && (await hasGrubHttp(store.read(grub)));
  expectFact('HTTP in GRUB', String(hasHttp), String(can));
}

/**
 * Checks the formats and signatures in the manifest for an extra entry, which decide where menus show it.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED`
 */
export async function checkEntryFacts(store: ImageStore, { files }: StoredEntry): Promise<void> {
  for (const { role, file, formats, isSigned } of files) {
    const facts =
      role === 'initrd' ? undefined : bootFacts(await headOf(store.read(file)), file.size, role);
    expectFact('formats', String(formats), String(facts?.formats));
    expectFact('signature', String(isSigned), String(facts?.isSigned));
  }
}

async function abiOf(
  store: ImageStore,
  kernelVersion: string,
  modules: ModuleEvidence | undefined,
): Promise<AbiState> {
  if (modules === undefined) {
    return 'unknown';
  }
  const { index } = modules;
  return classifyAbi(
    kernelVersion,
    await findKernelVersions(indexText(store.read(index.file), index)),
  );
}

function expectFact(label: string, got: string, expected: string): void {
  if (got === expected) {
    return;
  }
  throw new NetbootError(
    'ERR_NETBOOT_STORE_DAMAGED',
    `the manifest does not match its files: expected ${label} ${expected}, got ${got}`,
    { hint: 'remove the store and sync again; someone has changed it' },
  );
}
