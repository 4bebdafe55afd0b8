/**
 * Netascii (RFC 764, RFC 1350 §1): lines end with CR LF, and any other carriage return becomes CR NUL. Local
 * files have LF line endings. All other bytes are unchanged, including those above 0x7F. Both directions work
 * on pieces of any size.
 */

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;

/** Encodes bytes of a file as netascii. Pieces can be encoded independently. */
export function encodeNetascii(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let extra = 0;
  for (const byte of bytes) {
    extra += byte === LF || byte === CR ? 1 : 0;
  }
  const encoded = new Uint8Array(bytes.length + extra);
  let at = 0;
  for (const byte of bytes) {
    if (byte === LF) {
      encoded[at] = CR;
      encoded[at + 1] = LF;
      at += 2;
    } else if (byte === CR) {
      encoded[at] = CR;
      encoded[at + 1] = NUL;
      at += 2;
    } else {
      encoded[at] = byte;
      at += 1;
    }
  }
  return encoded;
}

/**
 * Decodes netascii piece by piece. A CR followed by neither LF nor NUL, as some senders produce, is kept
 * unchanged.
 */
export class NetasciiDecoder {
  #afterCr = false;

  /** Decodes the next piece. A CR at its end is held back until the next call. */
  push(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const decoded = new Uint8Array(bytes.length + 1);
    let at = 0;
    for (const byte of bytes) {
      if (this.#afterCr) {
        this.#afterCr = false;
        if (byte === LF || byte === NUL) {
          decoded[at] = byte === LF ? LF : CR;
          at += 1;
          continue;
        }
        decoded[at] = CR;
        at += 1;
      }
      if (byte === CR) {
        this.#afterCr = true;
      } else {
        decoded[at] = byte;
        at += 1;
      }
    }
    return decoded.subarray(0, at);
  }

  /** Ends the file; returns the CR that was held back, if any. */
  finish(): Uint8Array<ArrayBuffer> {
    const rest = Uint8Array.from(this.#afterCr ? [CR] : []);
    this.#afterCr = false;
    return rest;
  }
}
