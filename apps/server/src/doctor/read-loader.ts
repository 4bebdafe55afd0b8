import { bootFacts, type BootFormat } from '@pxe/debian-netboot';
import { ARCHES, archFacts } from '@pxe/debian-netboot/catalog';

import { type Finding, type Rule } from '../self-check/finding.js';
import { CLIENT_FACTS } from './client-facts.js';
import { type ClientKind } from './client-kind.js';
import { type Signer, signersOf } from './signature.js';

/** Boot file of a client, as far as doctor understands it. */
export interface LoaderReading {
  /** Description for the user. */
  readonly text: string;
  /** Program that doctor can follow; undefined for any other program. */
  readonly program: 'pxelinux' | 'shim' | 'grub' | 'ipxe-script' | undefined;
  /** Folder of GRUB's configuration, built into GRUB. */
  readonly grubFolder: string;
  readonly findings: readonly Finding[];
}

const FORMAT_TEXTS: Readonly<Partial<Record<BootFormat, string>>> = {
  'bios-program': 'a program for BIOS',
  'bios-kernel': 'a Linux kernel',
  'efi-amd64': 'an EFI program for x64',
  'efi-i386': 'an EFI program for 32-bit x86',
  'efi-arm64': 'an EFI program for arm64',
  'ipxe-script': 'an iPXE script',
};

/** Start of the names of the authorities whose signatures the firmware of most machines accepts. */
const FIRMWARE_KEYS = 'Microsoft ';

/** Identifies the program in a boot file, and checks that clients of this kind can start it. */
export function readLoader(kind: ClientKind, name: string, bytes: Buffer): LoaderReading {
  const { title, format, hasSecureBoot } = CLIENT_FACTS[kind];
  const { formats, signatures } = bootFacts(bytes, bytes.length, 'loader');
  const signers =
    signatures === undefined
      ? []
      : signersOf(bytes.subarray(signatures.offset, signatures.offset + signatures.size));
  const [found] = formats;
  const what = (found && FORMAT_TEXTS[found]) ?? 'not a boot program';
  const program = programOf(name, bytes, found);
  const reading = {
    text: `${name}: ${what}${signatureText(found, signatures !== undefined, signers)}`,
    program,
    grubFolder: grubFolderOf(bytes),
  };
  // iPXE starts everything that its firmware can start, as well as scripts.
  const fits = kind === 'ipxe' ? found !== undefined : formats.includes(format);
  if (!fits) {
    return { ...reading, findings: [misfit(kind, name, bytes, found, what)] };
  }
  if (!hasSecureBoot || signers.some(({ issuer }) => issuer.startsWith(FIRMWARE_KEYS))) {
    return { ...reading, findings: [] };
  }
  const { shim } = archFacts(CLIENT_FACTS[kind].arch);
  const signed = signers.map(({ issuer }) => issuer).join(', ');
  return {
    ...reading,
    findings: [
      {
        rule: program === 'grub' ? 'grub-without-shim' : 'unsigned-loader',
        severity: 'warning',
        what:
          program === 'grub'
            ? `${title} gets ${name}: GRUB instead of shim, which Secure Boot needs to start GRUB`
            : `${title} gets ${name}, ${signed === '' ? 'which is not signed' : `signed by ${signed}`}`,
        why: "Machines with Secure Boot refuse it: their firmware trusts Microsoft's keys.",
        fix: `Name Debian's shim (${shim}) as the boot file, or turn off Secure Boot.`,
        evidence: [reading.text],
      },
    ],
  };
}

function signatureText(
  format: BootFormat | undefined,
  isSigned: boolean,
  signers: readonly Signer[],
): string {
  if (format?.startsWith('efi-') !== true) {
    return '';
  }
  const names = signers.map(({ name, issuer }) => `${name} (${issuer})`);
  return isSigned ? `, signed by ${names.join(', ') || 'an unknown signer'}` : ', not signed';
}

function programOf(
  name: string,
  bytes: Buffer,
  format: BootFormat | undefined,
): LoaderReading['program'] {
  if (format === 'ipxe-script') {
    return 'ipxe-script';
  }
  if (format === 'bios-program') {
    return /pxelinux\.0$/i.test(name) || bytes.includes('PXELINUX') ? 'pxelinux' : undefined;
  }
  if (format?.startsWith('efi-') !== true) {
    return undefined;
  }
  // Shim contains the name of its second stage in UTF-16.
  const isShim = ['grubx64.efi', 'grubaa64.efi', 'grubia32.efi'].some((grub) =>
    bytes.includes(Buffer.from(grub, 'utf16le')),
  );
  return isShim
    ? 'shim'
    : bytes.includes('grub_') || bytes.includes('/grub\0')
      ? 'grub'
      : undefined;
}

/** Returns the folder of `grub.cfg` that is built into Debian's network build of GRUB. */
export function grubFolderOf(bytes: Buffer): string {
  const folders = ARCHES.map((arch) => `/debian-installer/${arch}/grub`);
  return folders.find((folder) => bytes.includes(`${folder}\0`)) ?? '/grub';
}

function misfit(
  kind: ClientKind,
  name: string,
  bytes: Buffer,
  found: BootFormat | undefined,
  what: string,
): Finding {
  const { title, usualFile, client } = CLIENT_FACTS[kind];
  const start = bytes.toString('latin1', 0, 40);
  const isPage = /^\s*<(?:!doctype|html)/i.test(start);
  const [rule, seen]: readonly [Rule, string] =
    found === undefined
      ? ['not-a-loader', isPage ? 'a web page' : what]
      : found.startsWith('efi-') && kind !== 'bios'
        ? ['wrong-machine-type', what]
        : [kind === 'bios' ? 'uefi-loader-on-bios' : 'bios-loader-on-uefi', what];
  return {
    rule,
    severity: 'error',
    what: `${title} gets ${name}, which is ${seen}`,
    why: 'The firmware cannot start it, and hangs or tries the next boot device.',
    fix:
      found === undefined
        ? `Replace the file on the boot server with ${usualFile}.`
        : `Make DHCP send ${usualFile} to client architecture ${client.architecture}; "pxeboot dhcp" prints the configuration.`,
    evidence: [`${bytes.length} bytes, beginning with ${bytes.toString('hex', 0, 8)}`],
  };
}
