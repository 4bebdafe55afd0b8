/** Formats of files that boot loaders can start. A file may have several: a kernel is often also an EFI program. */
export const BOOT_FORMATS = [
  /**
   * Linux kernel or similar BIOS program that follows the Linux boot protocol for x86 (bzImage).
   */
  'bios-kernel',
  /** Program for a BIOS that is started like a PXE boot program. */
  'bios-program',
  /** BIOS kernel that follows the Multiboot specification, version 1. */
  'multiboot',
  'efi-amd64',
  'efi-i386',
  'efi-arm64',
  /** Kernel for arm64 without a wrapper, in the form that U-Boot starts. */
  'arm64-kernel',
  /** iPXE script. */
  'ipxe-script',
] as const;

/** Format of a file that boot loaders can start. */
export type BootFormat = (typeof BOOT_FORMATS)[number];

/** Facts about a file, read from its header. */
export interface BootFacts {
  readonly formats: readonly BootFormat[];
  /** True if the file is for UEFI and has a signature, by any signer. */
  readonly isSigned: boolean;
  /** Location of the signatures in the file, in bytes; undefined if it has none. */
  readonly signatures?: { readonly offset: number; readonly size: number };
}

/** Number of bytes at the start of a file that {@link bootFacts} needs. */
const HEAD_BYTES: number = 64 * 1024;

/** Returns the start of a file, as {@link bootFacts} needs it. */
export async function headOf(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of content) {
    pieces.push(piece);
    length += piece.length;
    if (length >= HEAD_BYTES) {
      break;
    }
  }
  return Buffer.concat(pieces).subarray(0, HEAD_BYTES);
}

/** Machine types of PE files (PE format, "Machine Types"). */
const MACHINES: ReadonlyMap<number, BootFormat> = new Map([
  [0x8664, 'efi-amd64'],
  [0x14c, 'efi-i386'],
  [0xaa64, 'efi-arm64'],
]);

/** Subsystems of PE files for UEFI: application, boot service driver, runtime driver. */
const EFI_SUBSYSTEMS: readonly number[] = [10, 11, 12];

/** Maximum size of a BIOS boot program, in bytes: it is loaded below the firmware's memory at 640 KiB. */
const MAX_BIOS_PROGRAM_BYTES = 0xa0000 - 0x7c00;

/**
 * Determines from a file's header in which formats it can be started.
 *
 * @param head - start of the file: 64 KiB are enough
 * @param size - size of the whole file in bytes
 * @param role - with `loader`, a file without a known header may be a BIOS boot program
 */
export function bootFacts(head: Buffer, size: number, role: 'kernel' | 'loader'): BootFacts {
  const formats: BootFormat[] = [];
  const efi = efiFacts(head);
  if (isBiosKernel(head)) {
    formats.push('bios-kernel');
  }
  if (efi !== undefined) {
    formats.push(efi.format);
  }
  if (isMultiboot(head)) {
    formats.push('multiboot');
  }
  if (head.length >= 64 && head.toString('latin1', 56, 60) === 'ARM\x64') {
    formats.push('arm64-kernel');
  }
  if (/^#!ipxe\s/.test(head.toString('latin1', 0, 16))) {
    formats.push('ipxe-script');
  }
  if (formats.length === 0 && role === 'loader' && isBiosProgram(head, size)) {
    formats.push('bios-program');
  }
  const signatures = efi?.signatures;
  return { formats, isSigned: signatures !== undefined, ...(signatures && { signatures }) };
}

/** Returns true if a file has the header of the Linux boot protocol, and is loaded high. */
function isBiosKernel(head: Buffer): boolean {
  const version = 0x206;
  const loadFlags = 0x211;
  return (
    head.length >= 0x260 &&
    head.readUInt16LE(0x1fe) === 0xaa55 &&
    head.toString('latin1', 0x202, 0x206) === 'HdrS' &&
    head.readUInt16LE(version) >= 0x200 &&
    (head.readUInt8(loadFlags) & 1) === 1
  );
}

/** Returns the format and the place of the signatures of a UEFI PE file; undefined for any other file. */
function efiFacts(
  head: Buffer,
): { format: BootFormat; signatures: BootFacts['signatures'] } | undefined {
  if (head.length < 64 || head.toString('latin1', 0, 2) !== 'MZ') {
    return undefined;
  }
  const start = head.readUInt32LE(0x3c);
  const optional = start + 24;
  // The optional header must reach to the end of its entry for signatures, which comes later in PE32+.
  if (optional + 152 > head.length || head.toString('latin1', start, start + 4) !== 'PE\0\0') {
    return undefined;
  }
  const format = MACHINES.get(head.readUInt16LE(start + 4));
  const isPlus = head.readUInt16LE(optional) === 0x20b;
  if (format === undefined || !EFI_SUBSYSTEMS.includes(head.readUInt16LE(optional + 68))) {
    return undefined;
  }
  const count = head.readUInt32LE(optional + (isPlus ? 108 : 92));
  const entry = optional + (isPlus ? 112 : 96) + 4 * 8;
  const size = count > 4 ? head.readUInt32LE(entry + 4) : 0;
  return { format, signatures: size > 0 ? { offset: head.readUInt32LE(entry), size } : undefined };
}

/** Returns true if a file has a Multiboot header, which is in its first 8 KiB (Multiboot 0.6.96, 3.1.1). */
function isMultiboot(head: Buffer): boolean {
  const end = Math.min(head.length, 8192) - 12;
  for (let at = 0; at <= end; at += 4) {
    if (
      head.readUInt32LE(at) === 0x1badb002 &&
      (0x1badb002 + head.readUInt32LE(at + 4) + head.readUInt32LE(at + 8)) % 2 ** 32 === 0
    ) {
      return true;
    }
  }
  return false;
}

/** First bytes of files that are certainly not programs: ELF, compressed files, archives, PDF. */
const OTHER_FILES = ['\x7fELF', '\x1f\x8b', '\xfd7zXZ', '(\xb5/\xfd', 'BZh', 'PK\x03\x04', '%PDF'];

/**
 * Returns true if a file may be a BIOS boot program. Such programs have no header, so only files that are
 * certainly something else are refused: files of other formats, files that are too long, and text, such as an
 * error page.
 */
function isBiosProgram(head: Buffer, size: number): boolean {
  const start = head.toString('latin1', 0, 512);
  const isText = /^[\t\n\r\x20-\x7e]*$/.test(start);
  const isOther = start.startsWith('MZ') || OTHER_FILES.some((mark) => start.startsWith(mark));
  return size >= 2 && size <= MAX_BIOS_PROGRAM_BYTES && !isText && !isOther;
}
