import { failure, type Result, success } from '../errors.js';
import { closestWord, joinAlternatives } from './suggestion.js';

/** The architectures whose installer boots over a network in the way that this package serves. */
export const ARCHES = ['amd64', 'arm64', 'i386'] as const;

/** A Debian architecture, in Debian's spelling. */
export type Arch = (typeof ARCHES)[number];

/** How an architecture's boot files are called. */
export interface ArchFacts {
  readonly arch: Arch;
  /** Whether a BIOS exists, and with it PXELINUX. */
  readonly hasBios: boolean;
  /** The shim in the netboot tree: the first file that UEFI firmware loads. */
  readonly shim: string;
  /** GRUB in the netboot tree: the file that shim asks for. */
  readonly grub: string;
  /** GRUB's own name of the platform: the folder of its lists and modules. */
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

/** Names that other systems use for an architecture. */
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

/** Debian's architectures that have no PXE boot as we serve it. */
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

/** How an architecture's boot files are called. */
export function archFacts(arch: Arch): ArchFacts {
  return FACTS[arch];
}

/** Whether `text` is an architecture that this package serves. */
export function isArch(text: string): text is Arch {
  return (ARCHES as readonly string[]).includes(text);
}

/** Reads an architecture in Debian's spelling; other systems' names are refused with Debian's. */
export function parseArch(text: string): Result<Arch> {
  if (isArch(text)) {
    return success(text);
  }
  const lower = text.trim().toLowerCase();
  const meant = isArch(lower) ? lower : OTHER_NAMES[lower];
  if (meant !== undefined) {
    return failure(
      'ERR_NETBOOT_UNKNOWN_ARCH',
      `architecture ${JSON.stringify(text)} is not Debian's name for it`,
      { hint: `write ${JSON.stringify(meant)}` },
    );
  }
  if (NOT_BOOTED.includes(lower)) {
    return failure(
      'ERR_NETBOOT_UNKNOWN_ARCH',
      `architecture ${lower} does not boot over the network in the way that is served here`,
      { hint: `choose ${joinAlternatives(ARCHES)}` },
    );
  }
  const near = closestWord(text, ARCHES);
  return failure('ERR_NETBOOT_UNKNOWN_ARCH', `unknown architecture ${JSON.stringify(text)}`, {
    hint:
      (near === undefined ? '' : `did you mean ${near}? `) + `choose ${joinAlternatives(ARCHES)}`,
  });
}
