import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Use of a token: `p` fetches the preseed; `i` fetches scripts and reports that the installation has
 * finished.
 */
export type TokenUse = 'p' | 'i';

/** Time within which a preseed's token must be used for the first time, in milliseconds. */
export const FIRST_USE_MS = 15 * 60 * 1000;

/** Sizes of the parts of a token, in bytes: id of the installation, time, random, signature. */
const PARTS = { id: 8, time: 4, random: 4, signature: 16 } as const;

/** Modulus of the time in a token, which is in seconds since 1970 and wraps around in 2106. */
const TIMES = 2 ** (8 * PARTS.time);
const SIGNED_BYTES = PARTS.id + PARTS.time + PARTS.random;
const TOKEN_BYTES = SIGNED_BYTES + PARTS.signature;

/** Token as text: base64url of its bytes. */
const TOKEN = /^[\w-]{43}$/;

/** Contents of a token, which are not to be trusted until {@link isSigned} confirms them. */
export interface TokenClaim {
  /** Id of the installation. */
  readonly id: string;
  /** Time when the token was issued, in milliseconds since 1970. */
  readonly issuedAt: number;
}

/** Returns a new token for an installation. Without the installation's key, nobody can guess or forge it. */
export function issueToken(
  use: TokenUse,
  { id, key }: { readonly id: string; readonly key: string },
  now: number,
): string {
  const time = Buffer.alloc(PARTS.time);
  time.writeUInt32BE(modulo(Math.floor(now / 1000)));
  const signed = Buffer.concat([Buffer.from(id, 'hex'), time, randomBytes(PARTS.random)]);
  return Buffer.concat([signed, signature(use, signed, key)]).toString('base64url');
}

/**
 * Reads the contents of a token; undefined if the text is not a token.
 *
 * @param now - current time in milliseconds since 1970, which must be within 68 years of the token's time
 */
export function readToken(text: string, now: number): TokenClaim | undefined {
  const bytes = TOKEN.test(text) ? Buffer.from(text, 'base64url') : undefined;
  if (bytes?.length !== TOKEN_BYTES) {
    return undefined;
  }
  const seconds = Math.floor(now / 1000);
  const age = modulo(seconds - bytes.readUInt32BE(PARTS.id) + TIMES / 2) - TIMES / 2;
  return { id: bytes.subarray(0, PARTS.id).toString('hex'), issuedAt: (seconds - age) * 1000 };
}

function modulo(seconds: number): number {
  return ((seconds % TIMES) + TIMES) % TIMES;
}

/** Returns true if the signature of a token is valid. The comparison takes constant time. */
export function isSigned(use: TokenUse, text: string, key: string): boolean {
  const bytes = Buffer.from(text, 'base64url');
  const expected = signature(use, bytes.subarray(0, SIGNED_BYTES), key);
  return timingSafeEqual(bytes.subarray(SIGNED_BYTES), expected);
}

function signature(use: TokenUse, signed: Uint8Array, key: string): Buffer {
  return createHmac('sha256', Buffer.from(key, 'hex'))
    .update(use)
    .update(signed)
    .digest()
    .subarray(0, PARTS.signature);
}
