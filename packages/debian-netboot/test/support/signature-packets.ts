import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  config,
  enums,
  generateKey,
  PacketList,
  type PrivateKey,
  type PublicKey,
  readKeys,
  readPrivateKey,
  SignaturePacket,
} from 'openpgp';

import { type Keyring } from '../../src/trust/keyring.js';
import { armored } from './hostile-release.js';

/** Every signature type that OpenPGP has defined (RFC 9580 §5.2.1, RFC 4880 §5.2.1). */
export const SIGNATURE_TYPES: readonly number[] = [
  0x00, 0x01, 0x02, 0x10, 0x11, 0x12, 0x13, 0x16, 0x18, 0x19, 0x1f, 0x20, 0x28, 0x30, 0x40, 0x50,
];

/** Types of signatures on a message. */
export const MESSAGE_TYPES: readonly number[] = [0x00, 0x01];

/** Creates a private key with a subkey that signs; both expire at the given time, if any. */
export async function createSigner(expiresAt?: Date): Promise<PrivateKey> {
  const date = new Date('2020-01-01T00:00:00Z');
  const { privateKey } = await generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name: 'Archive' }],
    subkeys: [{ sign: true }],
    date,
    ...(expiresAt && { keyExpirationTime: (Number(expiresAt) - Number(date)) / 1000 }),
    format: 'armored',
  });
  return readPrivateKey({ armoredKey: privateKey });
}

/** Parameters of a signature. */
export interface PacketOptions {
  readonly type: number;
  readonly date: Date;
  readonly hash?: enums.hash;
  /** Key whose fingerprint is in the signature. @default the key that signs */
  readonly issuer?: PrivateKey;
  /** Signs with the key's first subkey. @default false */
  readonly withSubkey?: boolean;
}

/**
 * Creates a signature of any type. Its digest covers the text as in a clear-signed message, followed by the
 * trailer of that type, so that only the type is wrong.
 */
export async function signText(
  text: string,
  key: PrivateKey,
  { type, date, hash = enums.hash.sha512, issuer, withSubkey = false }: PacketOptions,
): Promise<Buffer> {
  const signer = withSubkey ? key.subkeys[0]!.keyPacket : key.keyPacket;
  const content = Buffer.from(text.replaceAll('\n', '\r\n'));
  const packet = Object.assign(new SignaturePacket(), {
    signatureType: type,
    publicKeyAlgorithm: signer.algorithm,
    hashAlgorithm: hash,
    toSign: () => content,
  });
  if (issuer !== undefined) {
    const named = issuer.keyPacket.getFingerprintBytes();
    // Signing overwrites this property with the key's fingerprint.
    Object.defineProperty(packet, 'issuerFingerprint', { get: () => named, set: () => undefined });
  }
  const sign = packet.sign.bind(packet) as (...args: readonly unknown[]) => Promise<void>;
  await sign(signer, {}, date, true, { ...config, nonDeterministicSignaturesViaNotation: false });
  return bytesOf(packet);
}

/** Returns the signatures contained in a public key, each with its type; anyone can copy them. */
export function ownSignatures(
  key: PublicKey,
): { readonly type: number; readonly packet: Buffer }[] {
  const bindings = key.subkeys.flatMap(({ bindingSignatures }) => bindingSignatures);
  const packets = [
    // The types of the library lack this property.
    ...(key as PublicKey & { readonly directSignatures: readonly SignaturePacket[] })
      .directSignatures,
    ...key.users.flatMap(({ selfCertifications }) => selfCertifications),
    ...bindings,
    ...bindings.flatMap(({ embeddedSignature }) => embeddedSignature ?? []),
  ];
  return packets.map((packet) => ({ type: packet.signatureType ?? -1, packet: bytesOf(packet) }));
}

function bytesOf(packet: SignaturePacket): Buffer {
  const list = new PacketList<SignaturePacket>();
  list.push(packet);
  return Buffer.from(list.write());
}

/** Returns a clear-signed message with a text and any signature packets. */
export function clearSigned(text: string, packets: readonly Buffer[], digest = 'SHA512'): Buffer {
  const escaped = text.replace(/^-/gm, '- -');
  const header = digest === '' ? '' : `Hash: ${digest}\n`;
  return Buffer.from(
    `-----BEGIN PGP SIGNED MESSAGE-----\n${header}\n${escaped}\n${armored(Buffer.concat(packets))}`,
  );
}

/**
 * Returns a function that returns GnuPG's verdict: true if gpgv finds a valid signature and no invalid one.
 */
export async function createReferee(keyring: Keyring): Promise<(message: Buffer) => boolean> {
  const keys = await Promise.all(
    keyring.keys.map(({ armored: armoredKeys }) => readKeys({ armoredKeys })),
  );
  const binaryKeys = Buffer.concat(keys.flat().map((key) => key.write()));
  return (message) => {
    const directory = mkdtempSync(join(tmpdir(), 'debian-netboot-'));
    try {
      const [keyringFile, file] = [join(directory, 'keyring.gpg'), join(directory, 'message')];
      writeFileSync(keyringFile, binaryKeys);
      writeFileSync(file, message);
      const { status, stdout } = spawnSync(
        'gpgv',
        ['--status-fd', '1', '--keyring', keyringFile, file],
        { encoding: 'utf8', env: { ...process.env, GNUPGHOME: directory } },
      );
      return status === 0 && stdout.includes('[GNUPG:] VALIDSIG ');
    } finally {
      rmSync(directory, { recursive: true });
    }
  };
}
