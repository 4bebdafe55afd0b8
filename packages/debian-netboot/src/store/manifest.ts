import { createHash } from 'node:crypto';

import { z } from 'zod';

import { type Arch, ARCHES } from '../catalog/arch.js';
import { BIOS_LOADER_NAMES, type BiosLoaderName } from '../catalog/bios-loaders.js';
import { type Suite, SUITES } from '../catalog/suite.js';
import { type Variant, VARIANTS } from '../catalog/variant.js';
import { failure, type Result, success } from '../errors.js';
import { isPlainPath } from '../formats/plain-path.js';
import { type AbiState } from '../image/abi.js';
import { isGenerationId } from './layout.js';

/** A file in the store: its content, named by what it holds. */
export interface StoredFile {
  /** SHA-256 of the content, 64 lower-case hex digits: its name in the store. */
  readonly sha256: string;
  /** Length in bytes. */
  readonly size: number;
}

/** One installer image of a generation. */
export interface StoredTarget {
  readonly suite: Suite;
  readonly arch: Arch;
  readonly variant: Variant;
  /** The installer's dated build: `20250803+deb13u7`. */
  readonly build: string;
  /** The release's `Version` (`13.7`); testing and unstable have none, and give their alias. */
  readonly version: string;
  /** The kernel's `uname -r`, read from the kernel itself: `6.12.107+deb13-amd64`. */
  readonly kernelVersion: string;
  readonly abi: AbiState;
  /** Whether this sync could not refresh it and took it over from the generation before. */
  readonly carriedOver: boolean;
  /** Set if nothing vouches for the files: they were taken because someone said that it will do. */
  readonly unsigned?: true;
  /**
   * Set for a daily build: nobody has signed it, and it is trusted as far as the certificate of the
   * server that it came from.
   */
  readonly trust?: 'tls';
  /** How the archive's signature vouches for the files; absent if it does not, or in older stores. */
  readonly proof?: 'list' | 'package';
  /**
   * Set if the InRelease is older than one that the store has seen and could get no image of: that of a
   * mirror that was behind, or was being updated.
   */
  readonly olderThanSeen?: true;
  /** When the InRelease that vouches for it was made, in ISO 8601; absent without one. */
  readonly releaseDate?: string;
  readonly files: {
    readonly linux: StoredFile;
    readonly 'initrd.gz': StoredFile;
  };
}

/** PXELINUX with its modules: all from one build, since modules of another do not load. */
export interface BiosLoaders {
  /** The suite whose packages they come from. */
  readonly suite: Suite;
  /** The version of the `pxelinux` and `syslinux-common` packages. */
  readonly version: string;
  /** The packages by name, each with its SHA-256 in the signed index. */
  readonly packages: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<BiosLoaderName, StoredFile>>;
}

/** Shim, GRUB and GRUB's own files for one architecture's UEFI, from one installer build. */
export interface EfiLoaders {
  readonly suite: Suite;
  readonly arch: Arch;
  /** The installer build that they belong to. */
  readonly build: string;
  /**
   * Set if no signature vouches for the files: they are of a daily build (`tls`), or unsigned (`none`).
   * They are a last resort then, since one pair starts the images of every suite.
   */
  readonly trust?: 'tls' | 'none';
  /** Whether GRUB can load by HTTP under Secure Boot: the module is part of the signed binary. */
  readonly hasHttp: boolean;
  /** By path below `debian-installer/<arch>/`: `grubx64.efi`, `grub/x86_64-efi/command.lst`. */
  readonly files: Readonly<Record<string, StoredFile>>;
}

/** Everything that one generation serves; it never changes once it is written. */
export interface GenerationManifest {
  /** Sorts by age: `20261122T014455123Z-1f2e3d4c`. */
  readonly id: string;
  /** When the generation was made, in ISO 8601. */
  readonly createdAt: string;
  /** The images, newest stable release first. */
  readonly targets: readonly StoredTarget[];
  /** From the newest suite of the generation; absent if no image is for a PC. */
  readonly biosLoaders?: BiosLoaders;
  /** For each suite and architecture, newest stable release first. */
  readonly efiLoaders: readonly EfiLoaders[];
}

/** Content of a generation, before it has an id. */
export type GenerationContent = Omit<GenerationManifest, 'id' | 'createdAt'>;

/** A generation of the store: images and boot loaders that belong together. */
export interface Generation {
  readonly id: string;
  readonly manifest: GenerationManifest;
}

/** Every stored file that a generation serves. */
export function manifestFiles({
  targets,
  biosLoaders,
  efiLoaders,
}: Pick<GenerationManifest, 'targets' | 'biosLoaders' | 'efiLoaders'>): readonly StoredFile[] {
  return [
    ...targets.flatMap(({ files }) => Object.values(files)),
    ...Object.values(biosLoaders?.files ?? {}),
    ...efiLoaders.flatMap(({ files }) => Object.values(files)),
  ];
}

/** Tells contents apart, whenever and by whichever sync they were made. */
export function contentHash({ targets, biosLoaders, efiLoaders }: GenerationContent): string {
  const content = JSON.stringify({ targets, biosLoaders, efiLoaders }, sortKeys);
  return createHash('sha256').update(content).digest('hex');
}

/** For JSON.stringify: objects' keys in order, so that equal contents have equal texts. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}

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
