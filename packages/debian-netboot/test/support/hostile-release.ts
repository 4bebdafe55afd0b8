import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** GnuPG with its own home directory and one RSA key, like that of an archive or an attacker. */
export interface Gpg {
  /** The public key, ASCII-armoured. */
  readonly publicKey: string;
  clearSign(text: string): string;
}

export function createGpg(home: string): Gpg {
  const run = (args: readonly string[], input?: string): string =>
    execFileSync('gpg', ['--batch', '--quiet', ...args], {
      env: { ...process.env, GNUPGHOME: home },
      input,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  const id = 'Archive <archive@example.org>';
  run(['--passphrase', '', '--quick-generate-key', id, 'rsa3072', 'sign', 'never']);
  return {
    publicKey: run(['--armor', '--export']),
    clearSign: (text) => run(['--clearsign', '--digest-algo', 'SHA256'], text),
  };
}

/** Returns a Release that lists this number of files. */
export function releaseText(files: number): string {
  const listed = Array.from(
    { length: files },
    (_file, index) => ` ${String(index).padStart(64, '0')} 12 main/file-${index}`,
  );
  const fields = ['Origin: Example', 'Codename: trixie', 'Date: Thu, 01 Jan 2026 00:00:00 UTC'];
  return [...fields, 'SHA256:', ...listed, ''].join('\n');
}

const BEGIN_MESSAGE = '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n';
const BEGIN_SIGNATURE = '-----BEGIN PGP SIGNATURE-----\n';
const END_SIGNATURE = '-----END PGP SIGNATURE-----\n';

/** Splits a message into the part before the signature and the signature packet itself. */
export function cutMessage(message: string): { readonly text: string; readonly packet: Buffer } {
  const start = message.indexOf(BEGIN_SIGNATURE);
  const base64 = message.slice(start).split('\n\n')[1]?.split('\n=')[0] ?? '';
  return { text: message.slice(0, start), packet: Buffer.from(base64, 'base64') };
}

export function armored(packets: Buffer, headers = ''): string {
  const lines = packets.toString('base64').replace(/.{64}/g, '$&\n');
  return `${BEGIN_SIGNATURE}${headers}\n${lines}\n${END_SIGNATURE}`;
}

/** Returns a packet of the given type, with a claimed length. */
export function packet(tag: number, body: Buffer, claimed: number = body.length): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt8(0xc0 | tag, 0);
  header.writeUInt8(0xff, 1);
  header.writeUInt32BE(claimed, 2);
  return Buffer.concat([header, body]);
}

/**
 * Returns messages that are costly for a reader without limits; the genuine signatures are those of
 * `message`.
 */
export function hostileReleases(message: string): Readonly<Record<string, string>> {
  const { text, packet: signature } = cutMessage(message);
  const repeated = (count: number): string =>
    text + armored(Buffer.concat(Array<Buffer>(count).fill(signature)));
  const behind = armored(signature);
  const withText = (content: string): string => `${BEGIN_MESSAGE}${content}\n${behind}`;
  const subpackets = Buffer.concat([
    Buffer.from([4, 1, 1, 8, 0, 0, 0xff, 0xff]),
    Buffer.alloc(65_535, 1),
    Buffer.alloc(8192, 0xff),
  ]);
  return {
    'has 17 signatures': repeated(17),
    'has 1,400 signatures': repeated(1400),
    'has 12,000 signatures': repeated(12_000),
    'consists of a million newlines': withText('\n'.repeat(1_000_000)),
    'consists of 15 million newlines': withText('\n'.repeat(15_000_000)),
    'has one line of a million blanks': withText(' '.repeat(1_000_000)),
    'has 90,000 armour headers': text + armored(signature, 'Comment: x\n'.repeat(90_000)),
    'begins 15,000 times': BEGIN_MESSAGE.repeat(15_000) + message,
    'claims a signature of 4 GiB': text + armored(packet(2, Buffer.alloc(100), 0xffff_fff0)),
    'has compressed data instead of a signature': text + armored(packet(8, Buffer.alloc(500_000))),
    'has a signature with 32,000 subpackets': text + armored(packet(2, subpackets)),
    'has 10 signatures of 73 kB':
      text + armored(Buffer.concat(Array<Buffer>(10).fill(packet(2, subpackets)))),
    'has a number of 8 kB in its signature':
      text +
      armored(packet(2, Buffer.concat([signature.subarray(3, 60), Buffer.alloc(8192, 0xff)]))),
    'has a signature of partial length': text + armored(Buffer.from([0xc2, 0xef, 1, 2, 3])),
  };
}

/** Returns the path of the InRelease in a mirror's directory. */
export function releasePath(root: string): string {
  return join(root, 'dists', 'trixie', 'InRelease');
}
