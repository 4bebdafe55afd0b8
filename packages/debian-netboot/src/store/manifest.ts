import { createHash } from 'node:crypto';

import * as v from 'valibot';

import { type Arch, ARCHES } from '../catalog/arch.js';
import { BIOS_LOADER_NAMES, type BiosLoaderName } from '../catalog/bios-loaders.js';
import {
  ENTRY_PACKAGES,
  entryFiles,
  type EntryPackage,
  type EntryRole,
  type EntrySelection,
  isEntryId,
} from '../catalog/own-entries.js';
import { type Suite, SUITES } from '../catalog/suite.js';
import { type Variant, VARIANTS } from '../catalog/variant.js';
import { failure, type Result, success } from '../errors.js';
import { isoTime, jsonRecord } from '../files/record-schemas.js';
import { isPlainPath } from '../formats/plain-path.js';
import { type AbiState } from '../image/abi.js';
import { BOOT_FORMATS, type BootFormat } from '../image/boot-format.js';
import { isGenerationId } from './layout.js';

/** File in the store, named by its hash. */
export interface StoredFile {
  /** SHA-256 of the content, 64 lower-case hex digits. */
  readonly sha256: string;
  /** Length in bytes. */
  readonly size: number;
}

/** Firmware packages for the installer, as a separate initrd. */
export interface StoredFirmware {
  /** Packages in the initrd, sorted by name. */
  readonly packages: readonly FirmwarePackage[];
  /** Initrd to load after the installer's: a cpio archive, see `docs/firmware.md`. */
  readonly file: StoredFile;
}

/** Firmware package in a generation. */
export interface FirmwarePackage {
  readonly name: string;
  readonly version: string;
}

/** Installer image in a generation. */
export interface StoredTarget {
  readonly suite: Suite;
  readonly arch: Arch;
  readonly variant: Variant;
  /** Dated build of the installer: `20250803+deb13u7`. */
  readonly build: string;
  /**
   * `Version` of the release (`13.7`); for testing and unstable, which have none, their alias; `unsigned` for
   * an unsigned image.
   */
  readonly version: string;
  /** Version of the kernel, read from the image, as in `uname -r`: `6.12.107+deb13-amd64`. */
  readonly kernelVersion: string;
  readonly abi: AbiState;
  /** True if the image could not be refreshed and was kept from the previous generation. */
  readonly carriedOver: boolean;
  /** Set if nothing vouches for the files, and the user accepted that. */
  readonly unsigned?: true;
  /**
   * Set for a daily build, which is unsigned and trusted only because of the server's certificate.
   */
  readonly trust?: 'tls';
  /**
   * Kind of proof that connects the archive's signature with the files; absent without a signature, and in
   * older stores.
   */
  readonly proof?: 'list' | 'package';
  /**
   * Set if the InRelease is older than one that passed the checks earlier without leading to an image: the
   * mirror was out of date or being updated.
   */
  readonly olderThanSeen?: true;
  /** Date of the InRelease that vouches for the image, in ISO 8601; absent if there is none. */
  readonly releaseDate?: string;
  readonly files: {
    readonly linux: StoredFile;
    readonly 'initrd.gz': StoredFile;
  };
  /** Firmware that the image is started with; absent if none was selected. */
  readonly firmware?: StoredFirmware;
}

/** File of an extra entry. */
export interface StoredEntryFile {
  readonly role: EntryRole;
  readonly file: StoredFile;
  /** Formats in which loaders can start the file; absent for initrds. */
  readonly formats?: readonly BootFormat[];
  /** True if the file is for UEFI and has a signature, by any signer; absent for initrds. */
  readonly isSigned?: boolean;
}

/** Files of an extra entry; see {@link EntrySelection}. */
export interface StoredEntry {
  readonly id: string;
  /** Package that the files come from; absent if they come from elsewhere. */
  readonly package?: EntryPackage;
  /** Kernels or loaders, of which a boot loader uses the first that it can start, and initrds in order. */
  readonly files: readonly StoredEntryFile[];
}

/** PXELINUX with its modules, all from one build: modules of another build do not load. */
export interface BiosLoaders {
  /** Suite of the packages that the files come from. */
  readonly suite: Suite;
  /** Version of the `pxelinux` and `syslinux-common` packages. */
  readonly version: string;
  /** SHA-256 of each package in the signed index, by package name. */
  readonly packages: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<BiosLoaderName, StoredFile>>;
}

/** Shim, GRUB and GRUB's own files for UEFI on one architecture, from one installer build. */
export interface EfiLoaders {
  readonly suite: Suite;
  readonly arch: Arch;
  /** Installer build that the files belong to. */
  readonly build: string;
  /**
   * Set if no signature vouches for the files: they come from a daily build (`tls`), or are unsigned
   * (`none`). They are then a last resort, since the same shim and GRUB start the images of every suite.
   */
  readonly trust?: 'tls' | 'none';
  /** True if GRUB can load over HTTP under Secure Boot: its http module is part of the signed binary. */
  readonly hasHttp: boolean;
  /**
   * Files by path below `debian-installer/<arch>/`: `grubx64.efi`, `grub/x86_64-efi/command.lst`.
   */
  readonly files: Readonly<Record<string, StoredFile>>;
}

/** Content of a generation, which never changes once it is written. */
export interface GenerationManifest {
  /** Id that sorts by age: `20261122T014455123Z-1f2e3d4c`. */
  readonly id: string;
  /** Time of creation, in ISO 8601. */
  readonly createdAt: string;
  /** Images, newest stable release first. */
  readonly targets: readonly StoredTarget[];
  /**
   * PXELINUX, preferably from the newest suite; absent if no image is for a PC, or PXELINUX is
   * unavailable.
   */
  readonly biosLoaders?: BiosLoaders;
  /** UEFI loaders of each suite and architecture, newest stable release first. */
  readonly efiLoaders: readonly EfiLoaders[];
  /** Extra entries, in the order selected; absent if there are none. */
  readonly entries?: readonly StoredEntry[];
}

/** Content of a generation, before it has an id. */
export type GenerationContent = Omit<GenerationManifest, 'id' | 'createdAt'>;

/** Generation of a store: images and boot loaders that belong together. */
export interface Generation {
  readonly id: string;
  readonly manifest: GenerationManifest;
}

/** Returns every stored file that a generation serves. */
export function manifestFiles({
  targets,
  biosLoaders,
  efiLoaders,
  entries = [],
}: Pick<
  GenerationManifest,
  'targets' | 'biosLoaders' | 'efiLoaders' | 'entries'
>): readonly StoredFile[] {
  return [
    ...targets.flatMap(({ files, firmware }) => [
      ...Object.values(files),
      ...(firmware === undefined ? [] : [firmware.file]),
    ]),
    ...Object.values(biosLoaders?.files ?? {}),
    ...efiLoaders.flatMap(({ files }) => Object.values(files)),
    ...entries.flatMap(({ files }) => files.map(({ file }) => file)),
  ];
}

/**
 * Returns true if an extra entry is the one that a selection describes: it comes from the same package, or
 * has the same kinds of files, each with the selected hash if there is one. A file with any other hash must
 * never be started.
 */
export function isSelected(entry: StoredEntry, selection: EntrySelection): boolean {
  if (entry.package !== undefined || selection.package !== undefined) {
    return entry.package === selection.package;
  }
  const wanted = entryFiles(selection);
  return (
    wanted.length === entry.files.length &&
    wanted.every(({ role, source }, index) => {
      const known = entry.files[index];
      return known?.role === role && (source.sha256 ?? known.file.sha256) === known.file.sha256;
    })
  );
}

/**
 * Returns a hash of a generation's content. It covers everything in the manifest except the id and the time
 * of creation, and therefore also fields such as `releaseDate` and `carriedOver`.
 */
export function contentHash(content: GenerationContent): string {
  const { targets, biosLoaders, efiLoaders, entries } = content;
  const text = JSON.stringify({ targets, biosLoaders, efiLoaders, entries }, sortKeys);
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Returns a hash of the files that a generation serves. Unlike {@link contentHash}, it does not depend on
 * their properties, such as `releaseDate`: the InRelease of testing gets a new date several times a day.
 */
export function imagesHash(content: GenerationContent): string {
  const { targets, biosLoaders, efiLoaders, entries } = content;
  const images = {
    targets: targets.map(({ suite, arch, variant, build, files, firmware }) => ({
      suite,
      arch,
      variant,
      build,
      files,
      firmware: firmware?.file,
    })),
    biosLoaders: biosLoaders?.files,
    efiLoaders: efiLoaders.map(({ suite, arch, files }) => ({ suite, arch, files })),
    entries,
  };
  return createHash('sha256').update(JSON.stringify(images, sortKeys)).digest('hex');
}

/** Replacer for JSON.stringify that sorts keys, so that equal contents have equal texts. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const storedFile = v.strictObject({
  sha256,
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});
const suite = v.picklist(SUITES);
const arch = v.picklist(ARCHES);

const target = v.strictObject({
  suite,
  arch,
  variant: v.picklist(VARIANTS),
  build: v.pipe(v.string(), v.regex(/^[0-9A-Z.+~-]{1,64}$/i)),
  version: v.pipe(v.string(), v.maxLength(64)),
  kernelVersion: v.pipe(v.string(), v.maxLength(128)),
  abi: v.picklist(['ok', 'last', 'stale', 'unknown']),
  carriedOver: v.boolean(),
  unsigned: v.exactOptional(v.literal(true)),
  trust: v.exactOptional(v.literal('tls')),
  proof: v.exactOptional(v.picklist(['list', 'package'])),
  olderThanSeen: v.exactOptional(v.literal(true)),
  releaseDate: v.exactOptional(isoTime),
  files: v.strictObject({ linux: storedFile, 'initrd.gz': storedFile }),
  firmware: v.exactOptional(
    v.strictObject({
      packages: v.array(
        v.strictObject({
          name: v.pipe(v.string(), v.maxLength(128)),
          version: v.pipe(v.string(), v.maxLength(128)),
        }),
      ),
      file: storedFile,
    }),
  ),
});

const biosFiles = v.strictObject(
  Object.fromEntries(BIOS_LOADER_NAMES.map((name) => [name, storedFile])) as Record<
    BiosLoaderName,
    typeof storedFile
  >,
);

const manifest = v.strictObject({
  id: v.pipe(v.string(), v.check(isGenerationId)),
  createdAt: isoTime,
  targets: v.array(target),
  biosLoaders: v.exactOptional(
    v.strictObject({
      suite,
      version: v.pipe(v.string(), v.maxLength(128)),
      packages: jsonRecord(v.pipe(v.string(), v.maxLength(64)), sha256),
      files: biosFiles,
    }),
  ),
  efiLoaders: v.array(
    v.strictObject({
      suite,
      arch,
      build: v.pipe(v.string(), v.maxLength(64)),
      trust: v.exactOptional(v.picklist(['tls', 'none'])),
      hasHttp: v.boolean(),
      files: jsonRecord(v.pipe(v.string(), v.check(isPlainPath)), storedFile),
    }),
  ),
  entries: v.exactOptional(
    v.array(
      v.strictObject({
        id: v.pipe(v.string(), v.check(isEntryId)),
        package: v.exactOptional(v.picklist(ENTRY_PACKAGES)),
        files: v.array(
          v.strictObject({
            role: v.picklist(['kernel', 'initrd', 'loader']),
            file: storedFile,
            formats: v.exactOptional(v.array(v.picklist(BOOT_FORMATS))),
            isSigned: v.exactOptional(v.boolean()),
          }),
        ),
      }),
    ),
  ),
});

/** Parses a manifest as {@link formatManifest} writes it. */
export function parseManifest(text: string): Result<GenerationManifest> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return failure('ERR_NETBOOT_STORE_DAMAGED', 'the manifest is not JSON', { cause });
  }
  const parsed = v.safeParse(manifest, json);
  if (parsed.success) {
    return success(parsed.output);
  }
  return failure(
    'ERR_NETBOOT_STORE_DAMAGED',
    `the manifest is invalid: ${problemText(parsed.issues[0])}`,
    { cause: new v.ValiError(parsed.issues) },
  );
}

/** Describes a problem found by the schema. Values of the file are left out: they may be long. */
function problemText(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  if (path === null) {
    return 'it is not an object';
  }
  if (issue.received === 'undefined') {
    return `${path} is missing`;
  }
  const { expected } = issue;
  if (expected === null || expected === 'never') {
    return expected === null ? `${path} has an invalid value` : `${path} is unknown`;
  }
  return `${path}: expected ${expected}`;
}

/** Formats a manifest as text. */
export function formatManifest(content: GenerationManifest): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
