/**
 * Text that only GRUB's http module contains: the name of its source file, in debug messages. Debian 12's
 * signed GRUB lacks the module, and Debian 13's has it; Secure Boot does not allow adding it.
 */
const HTTP_MODULE_MARK = Buffer.from('net/http.c', 'latin1');

/** Returns true if a GRUB binary can load files over HTTP. */
export async function hasGrubHttp(content: AsyncIterable<Uint8Array>): Promise<boolean> {
  let rest = Buffer.alloc(0);
  for await (const piece of content) {
    const window = Buffer.concat([rest, piece]);
    if (window.includes(HTTP_MODULE_MARK)) {
      return true;
    }
    rest = window.subarray(-(HTTP_MODULE_MARK.length - 1));
  }
  return false;
}
