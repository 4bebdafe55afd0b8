import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

import { type Kysely } from 'kysely';

import { type StateTables } from './tables.js';

/** Name of the row of `pxeboot_secrets` that holds the key. */
const NAME = 'boot_exchange';
/** Authenticated encryption, with a key of 32 bytes. */
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** Length of the random value that makes each text different, in bytes. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Characters of base64 for three bytes. */
const BASE64_CHARACTERS = 4;

/** Encrypts texts with a key that only users of the tables know. */
export interface SealedTexts {
  seal(text: string): string;
  /** Returns the text that was sealed; undefined if it was not sealed with the same key. */
  open(sealed: string): string | undefined;
}

/**
 * Returns the maximum length in bytes of a text whose sealed form is at most `bytes` bytes long.
 */
export function sealableBytes(bytes: number): number {
  return Math.floor(bytes / BASE64_CHARACTERS) * 3 - NONCE_BYTES - TAG_BYTES;
}

/**
 * Returns the key that encrypts the updates that daemons sharing a database exchange; creates it if there is
 * none. Every role that may connect to the database can read and send messages on its channels, but only roles
 * that may read its tables can read the key.
 *
 * @throws Error when the stored key is not valid, or with the code of PostgreSQL when it cannot be read or
 * created
 */
export async function readExchangeKey(db: Kysely<StateTables>): Promise<Buffer> {
  const find = (): Promise<{ value: string } | undefined> =>
    db.selectFrom('pxeboot_secrets').select('value').where('name', '=', NAME).executeTakeFirst();
  const known = await find();
  if (known !== undefined) {
    return keyOf(known.value);
  }
  await db
    .insertInto('pxeboot_secrets')
    .values({ name: NAME, value: randomBytes(KEY_BYTES).toString('hex') })
    // If several daemons start at the same time, the key that is inserted first counts.
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  return keyOf((await find())?.value ?? '');
}

function keyOf(hex: string): Buffer {
  const key = Buffer.from(hex, 'hex');
  if (key.length !== KEY_BYTES || hex.length !== 2 * KEY_BYTES) {
    throw new Error(
      `the key ${NAME} in the table pxeboot_secrets is not ${KEY_BYTES} bytes in hexadecimal`,
    );
  }
  return key;
}

/** Returns functions that encrypt and decrypt texts with a key of 32 bytes. */
export function sealedTexts(key: Buffer): SealedTexts {
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce);
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      // Refuses what seal() cannot have written before the slow steps. Decoding skips characters that are not
      // base64, hence the comparison.
      if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64') !== sealed) {
        return undefined;
      }
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
