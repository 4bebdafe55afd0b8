import { type Arch, archFacts } from '@pxe/debian-netboot/catalog';
import { type BootFormat, isSelected, type StoredEntry } from '@pxe/debian-netboot/store';
import { type ChainEntry, type LinuxEntry } from '@pxe/syslinux-menu';

import { type OwnEntry } from '../config/own-entries.js';
import { entryPath } from '../namespace/generation-files.js';
import { helpLines } from './help-lines.js';

/** Boot loader, and the formats that it can start. */
export interface Platform {
  /** Name used in messages. */
  readonly name: string;
  readonly kernels: readonly BootFormat[];
  readonly loaders: readonly BootFormat[];
  /** Maximum number of initrds of an entry. @default any number */
  readonly maxInitrds?: number;
}

/** PXELINUX. It cannot start Multiboot kernels, which need a module (`mboot.c32`) that is not served. */
export const PXELINUX: Platform = {
  name: 'PXELINUX',
  kernels: ['bios-kernel'],
  loaders: ['bios-program'],
};

/** U-Boot, whose menus cannot start programs. */
export const U_BOOT: Platform = {
  name: 'U-Boot',
  kernels: ['arm64-kernel'],
  loaders: [],
  maxInitrds: 1,
};

/** Returns the platform of GRUB, which is served only to UEFI machines. */
export function grubPlatform(arch: Arch): Platform {
  return { name: `GRUB (UEFI, ${arch})`, kernels: [`efi-${arch}`], loaders: [`efi-${arch}`] };
}

/**
 * Returns the platform of a build of iPXE.
 *
 * @param arches - architectures that it can start; only the BIOS build has several
 */
export function ipxePlatform(arches: readonly Arch[]): Platform {
  const [arch] = arches;
  if (arches.length > 1 || arch === undefined) {
    return {
      name: 'iPXE (BIOS)',
      kernels: ['bios-kernel', 'multiboot'],
      loaders: ['bios-program', 'ipxe-script'],
    };
  }
  return {
    name: `iPXE (UEFI, ${arch})`,
    kernels: [`efi-${arch}`],
    loaders: [`efi-${arch}`, 'ipxe-script'],
  };
}

/** Returns every loader that can start machines of these architectures. */
export function platformsOf(arches: readonly Arch[]): readonly Platform[] {
  const bios = arches.some((arch) => archFacts(arch).hasBios)
    ? [PXELINUX, ipxePlatform(['amd64', 'i386'])]
    : [];
  return [
    ...bios,
    ...arches.flatMap((arch) => [
      grubPlatform(arch),
      ...(arch === 'i386' ? [] : [ipxePlatform([arch])]),
      ...(arch === 'arm64' ? [U_BOOT] : []),
    ]),
  ];
}

/** Entry that a loader cannot start, and the reason, worded as the end of a sentence. */
export interface LeftOutEntry {
  readonly id: string;
  readonly reason: string;
}

/** Extra entries of a menu for one boot loader. */
export interface OwnItems {
  readonly items: readonly (LinuxEntry | ChainEntry)[];
  readonly leftOut: readonly LeftOutEntry[];
}

/**
 * Returns the menu's extra entries that a loader can start, according to the headers of their files. An entry
 * is also left out if its files are still missing or are not those that the settings describe.
 */
export function ownItems(
  entries: readonly OwnEntry[],
  stored: readonly StoredEntry[],
  platform: Platform,
): OwnItems {
  const items: (LinuxEntry | ChainEntry)[] = [];
  const leftOut: LeftOutEntry[] = [];
  for (const entry of entries) {
    const found = stored.find(({ id }) => id === entry.id);
    const item =
      found !== undefined && isSelected(found, entry.selection)
        ? itemFor(entry, found, platform)
        : 'its files are not in the store; "pxeboot sync" shows why';
    if (typeof item === 'string') {
      leftOut.push({ id: entry.id, reason: item });
    } else {
      items.push(item);
    }
  }
  return { items, leftOut };
}

/** Returns the item of an entry, or the reason why there is none. */
function itemFor(
  { id, title: label, args, help }: OwnEntry,
  { files, ...entry }: StoredEntry,
  { kernels, loaders, maxInitrds = Infinity }: Platform,
): LinuxEntry | ChainEntry | string {
  const base = { id, label, help: helpLines([help]) };
  const initrd = files.flatMap(({ role }, index) =>
    role === 'initrd' ? [entryPath({ ...entry, files }, index)] : [],
  );
  for (const [index, { role, formats = [], isSigned = false }] of files.entries()) {
    const usable = role === 'kernel' ? kernels : role === 'loader' ? loaders : [];
    const format = usable.find((one) => formats.includes(one));
    if (format === undefined) {
      continue;
    }
    if (initrd.length > maxInitrds) {
      return `it has ${initrd.length} initrds, and this loader loads only ${maxInitrds}`;
    }
    const path = entryPath({ ...entry, files }, index);
    const unsigned = format.startsWith('efi-') && !isSigned && { isUnsignedEfi: true };
    return role === 'kernel'
      ? {
          ...base,
          type: 'linux',
          kernel: path,
          ...(initrd.length > 0 && { initrd }),
          ...(args !== '' && { args }),
          ...unsigned,
        }
      : { ...base, type: 'chain', program: path, ...unsigned };
  }
  const formats = files.flatMap(({ formats: own = [] }) => own);
  return `its file is for another loader (${formats.join(', ')})`;
}

/** Returns sample items made only from the settings, without files, as if every loader could start them. */
export function sampleItems(entries: readonly OwnEntry[]): OwnItems['items'] {
  return entries.map(({ id, title: label, args, help, selection }) => {
    const base = { id, label, help: helpLines([help]) };
    const sample = { sha256: '0'.repeat(64), size: 0 };
    const count = selection.initrds?.length ?? 0;
    const files = Array.from({ length: count + 1 }, (_, index) => ({
      role: index === 0 ? ('kernel' as const) : ('initrd' as const),
      file: sample,
    }));
    const paths = files.map((_file, index) => entryPath({ id, files }, index));
    const [program = '', ...initrd] = paths;
    return selection.loader === undefined
      ? { ...base, type: 'linux', kernel: program, initrd, ...(args !== '' && { args }) }
      : { ...base, type: 'chain', program };
  });
}
