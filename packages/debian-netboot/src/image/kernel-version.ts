import { NetbootError } from '../errors.js';

/** Offset of the `HdrS` magic in an x86 kernel header (Linux x86 boot protocol). */
const X86_MAGIC_OFFSET = 0x202;
const X86_MAGIC = 'HdrS';
/** Offset of the pointer to the version in the same header. */
const X86_VERSION_POINTER = 0x20e;
/** Base of the pointer to the version: the end of the boot sector. */
const X86_VERSION_BASE = 0x200;

/** Offset of `ARM\x64` in the header of an arm64 Image (Linux Documentation/arch/arm64/booting). */
const ARM64_MAGIC_OFFSET = 0x38;
const ARM64_MAGIC = 'ARMd';

/** Start of the banner in every uncompressed kernel; one of its occurrences has no version after it. */
const BANNER = 'Linux version ';
/** `uname -r` of a Debian kernel: `6.12.107+deb13-amd64`. */
const VERSION = /^(\d+\.\d[0-9A-Za-z.+~-]*)(?:[ \0]|$)/;
const MAX_VERSION_LENGTH = 128;
/** Upper bound of an x86 header with its version string, in bytes. */
const X86_HEADER_LENGTH = 0x200 + 0x10000;

/**
 * Reads the kernel version, as in `uname -r`, from an x86 bzImage or an uncompressed arm64 Image.
 * Reads no more than necessary, and never holds the whole image in memory.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_IMAGE` if the image has no version
 */
export async function readKernelVersion(content: AsyncIterable<Uint8Array>): Promise<string> {
  let head = '';
  let scanning = false;
  for await (const piece of content) {
    const text = Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1');
    if (scanning) {
      const window = head + text;
      const version = findBanner(window);
      if (version !== undefined) {
        return version;
      }
      head = window.slice(-(BANNER.length + MAX_VERSION_LENGTH));
      continue;
    }
    head += text;
    if (head.length < X86_HEADER_LENGTH) {
      continue;
    }
    const version = versionInHead(head);
    if (version !== undefined) {
      return version;
    }
    scanning = isArm64(head);
    if (!scanning) {
      break;
    }
  }
  const version = scanning ? findBanner(`${head}\0`) : versionInHead(head);
  if (version !== undefined) {
    return version;
  }
  throw new NetbootError('ERR_NETBOOT_MALFORMED_IMAGE', 'the kernel image has no version', {
    hint: 'use another mirror; the file is not a Linux kernel for this architecture',
  });
}

function versionInHead(head: string): string | undefined {
  if (head.startsWith(X86_MAGIC, X86_MAGIC_OFFSET)) {
    const pointer =
      head.charCodeAt(X86_VERSION_POINTER) + head.charCodeAt(X86_VERSION_POINTER + 1) * 0x100;
    const start = pointer + X86_VERSION_BASE;
    return VERSION.exec(head.slice(start, start + MAX_VERSION_LENGTH))?.[1];
  }
  return isArm64(head) ? findBanner(head) : undefined;
}

function isArm64(head: string): boolean {
  return head.startsWith(ARM64_MAGIC, ARM64_MAGIC_OFFSET);
}

/** Returns the version in the first complete banner; `undefined` if there is none. */
function findBanner(text: string): string | undefined {
  for (let at = text.indexOf(BANNER); at !== -1; at = text.indexOf(BANNER, at + 1)) {
    const start = at + BANNER.length;
    const version = /^(\d+\.\d[0-9A-Za-z.+~-]*)[ \0]/.exec(
      text.slice(start, start + MAX_VERSION_LENGTH),
    )?.[1];
    if (version !== undefined) {
      return version;
    }
  }
  return undefined;
}
