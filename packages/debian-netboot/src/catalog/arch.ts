import { failure, type Result, success } from '../errors.js';
import { closestWord, hintWith, joinAlternatives } from './suggestion.js';

/** Architectures whose installer this package can boot over the network. */
export const ARCHES = ['amd64', 'arm64', 'i386'] as const;

/** Debian architecture, as Debian spells it. */
export type Arch = (typeof ARCHES)[number];

/** Firmware support and boot file names of an architecture. */
export interface ArchFacts {
  readonly arch: Arch;
  /** True if the architecture has BIOS machines, and therefore PXELINUX. */
  readonly hasBios: boolean;
  /** File name of shim in the netboot tree; UEFI firmware loads it first. */
  readonly shim: string;
  /** File name of GRUB in the netboot tree; shim loads it. */
  readonly grub: string;
  /** GRUB's name for the platform; the folder with GRUB's lists and modules has the same name. */
  readonly grubPlatform: string;
}

const FACTS: Readonly<Record<Arch, ArchFacts>> = {
  amd64: {
    arch: 'amd64',
    hasBios: true,
    shim: 'bootnetx64.efi',
    grub: 'grubx64.efi',
    grubPlatform: 'x86_64-efi',
  },
  arm64: {
    arch: 'arm64',
    hasBios: false,
    shim: 'bootnetaa64.efi',
    grub: 'grubaa64.efi',
    grubPlatform: 'arm64-efi',
  },
  i386: {
    arch: 'i386',
    hasBios: true,
    shim: 'bootnetia32.efi',
    grub: 'grubia32.efi',
    grubPlatform: 'i386-efi',
  },
};

/** Debian architectures, by the names that other systems use for them. */
const OTHER_NAMES: Readonly<Record<string, Arch>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  x64: 'amd64',
  aarch64: 'arm64',
  x86: 'i386',
  i486: 'i386',
  i586: 'i386',
  i686: 'i386',
};

/** Debian architectures that this package does not support. */
const NOT_BOOTED = [
  'armel',
  'armhf',
  'loong64',
  'mips64el',
  'mipsel',
  'ppc64el',
  'riscv64',
  's390x',
];

/** Returns the {@link ArchFacts} of an architecture. */
export function archFacts(arch: Arch): ArchFacts {
  return FACTS[arch];
}

/** Returns true if `text` is the exact name of a supported architecture. */
export function isArch(text: string): text is Arch {
  return (ARCHES as readonly string[]).includes(text);
}

/**
 * Parses a Debian architecture. Other spellings and the names used by other systems are refused, with
 * Debian's name in the hint.
 */
export function parseArch(text: string): Result<Arch> {
  if (isArch(text)) {
    return success(text);
  }
  const lower = text.trim().toLowerCase();
  const meant = isArch(lower) ? lower : OTHER_NAMES[lower];
  if (meant !== undefined) {
    return failure(
      'ERR_NETBOOT_UNKNOWN_ARCH',
      `architecture ${JSON.stringify(text)} is not a Debian name`,
      { hint: `write ${JSON.stringify(meant)}` },
    );
  }
  if (NOT_BOOTED.includes(lower)) {
    return failure(
      'ERR_NETBOOT_UNKNOWN_ARCH',
      `architecture ${lower} is not supported for network boot`,
      { hint: `choose ${joinAlternatives(ARCHES)}` },
    );
  }
  const near = closestWord(text, ARCHES);
  return failure('ERR_NETBOOT_UNKNOWN_ARCH', `unknown architecture ${JSON.stringify(text)}`, {
    hint: hintWith(near, `choose ${joinAlternatives(ARCHES)}`),
  });
}
