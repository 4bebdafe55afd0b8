import { NetbootError } from '../errors.js';

/** The `HdrS` magic and the version field of an x86 kernel's header (Linux x86 boot protocol). */
const X86_MAGIC_OFFSET = 0x202;
const X86_MAGIC = 'HdrS';
const X86_VERSION_POINTER = 0x20e;
/** The pointer counts from the end of the boot sector. */
const X86_VERSION_BASE = 0x200;

/** `ARM\x64` in an arm64 Image's header (Linux Documentation/arch/arm64/booting). */
const ARM64_MAGIC_OFFSET = 0x38;
const ARM64_MAGIC = 'ARMd';

/** What every uncompressed kernel says about itself; one place has no version behind it. */
const BANNER = 'Linux version ';
/** `uname -r` of a Debian kernel: `6.12.107+deb13-amd64`. */
const VERSION = /^(\d+\.\d[0-9A-Za-z.+~-]*)(?:[ \0]|$)/;
const MAX_VERSION_LENGTH = 128;
/** The longest real x86 header with its version string ends before this. */
const X86_HEADER_LENGTH = 0x200 + 0x10000;

/**
 * Reads the kernel's version, as `uname -r` gives it, out of a kernel image: an x86 bzImage, or an
 * uncompressed arm64 Image. Reads no further than it has to, and never holds the image in memory.
 *
 * @throws NetbootError `ERR_NETBOOT_MALFORMED_IMAGE`
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
  throw new NetbootError('ERR_NETBOOT_MALFORMED_IMAGE', 'the kernel image names no version', {
    hint: 'the file is no Linux kernel for this architecture: use another mirror',
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

/** The version behind the first banner that has a whole one. */
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
