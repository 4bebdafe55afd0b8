import { createCleartextMessage, createMessage, generateKey, readPrivateKey, sign } from 'openpgp';

/** Key that signs the InRelease of an archive. */
export interface InReleaseKey {
  /** The public key, ASCII-armoured. */
  readonly publicKey: string;
  /** The primary key's fingerprint, 40 upper-case hex digits. */
  readonly fingerprint: string;
  /** Signs a text as InRelease is signed. */
  clearSign(text: string, date?: Date): Promise<string>;
}

/** Key that signs like an archive's key. */
export interface SigningKey extends InReleaseKey {
  /** The public key as gpgv reads it. */
  readonly keyring: Uint8Array;
  /** Returns a detached signature of the text, like Release.gpg. */
  detachSign(text: string, date?: Date): Promise<string>;
}

/** Makes a key pair, which is kept only in memory. */
export async function createSigningKey(name = 'Local mirror test key'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name, email: 'test@localhost' }],
    date: new Date('2020-01-01T00:00:00Z'),
    format: 'armored',
  });
  const signingKey = await readPrivateKey({ armoredKey: privateKey });
  return {
    publicKey,
    keyring: signingKey.toPublic().write(),
    fingerprint: signingKey.getFingerprint().toUpperCase(),
    async clearSign(text, date = new Date()) {
      const message = await createCleartextMessage({ text });
      return sign({ message, signingKeys: signingKey, date });
    },
    async detachSign(text, date = new Date()) {
      const message = await createMessage({ text });
      return String(await sign({ message, signingKeys: signingKey, date, detached: true }));
    },
  };
}
