import { describe, expect, it } from 'vitest';

import { NetbootError } from '../errors.js';
import {
  type ClearSignEnvelope,
  MAX_RELEASE_BYTES,
  MAX_SIGNATURES,
  openEnvelope,
} from './clear-sign-envelope.js';

/** Parts of a message, each of which can be replaced. */
interface Parts {
  readonly begin?: string;
  readonly headers?: string;
  readonly text?: string;
  readonly armorHeaders?: string;
  readonly packets?: Buffer;
  readonly base64?: string;
  readonly end?: string;
}

/** Returns a packet with a one-octet length in the current format. */
function packet(body: Buffer, tag = 2): Buffer {
  return Buffer.concat([Buffer.from([0xc0 | tag, body.length]), body]);
}

const SIGNATURE = packet(Buffer.alloc(20, 7));

function message({
  begin = '-----BEGIN PGP SIGNED MESSAGE-----\n',
  headers = 'Hash: SHA256\n\n',
  text = 'Origin: Debian\n',
  armorHeaders = '\n',
  packets = SIGNATURE,
  base64 = `${packets.toString('base64')}\n`,
  end = '-----END PGP SIGNATURE-----\n',
}: Parts = {}): Buffer {
  return Buffer.from(
    `${begin}${headers}${text}-----BEGIN PGP SIGNATURE-----\n${armorHeaders}${base64}${end}`,
    'latin1',
  );
}

function open(parts: Parts): ClearSignEnvelope {
  return openEnvelope(message(parts));
}

/** Returns the reason why a message is refused. */
function refusal(content: Uint8Array): string {
  try {
    openEnvelope(content);
  } catch (error) {
    if (!(error instanceof NetbootError)) {
      throw error;
    }
    expect(error.code).toBe('ERR_NETBOOT_BAD_SIGNATURE');
    return error.message.replace('not a clear-signed message: ', '');
  }
  return 'it is accepted';
}

describe('openEnvelope', () => {
  it('splits a message into text, digests and signatures', () => {
    const packets = Buffer.concat([SIGNATURE, SIGNATURE]);
    const { text, digests, signatures } = open({ packets, headers: 'Hash: SHA256, SHA512\n\n' });
    expect(text).toBe('Origin: Debian');
    expect([...digests]).toEqual(['SHA256', 'SHA512']);
    expect(signatures.map((bytes) => Buffer.from(bytes))).toEqual([SIGNATURE, SIGNATURE]);
  });

  it('removes dash escapes, trailing blanks and CRLF from the text', () => {
    expect(open({ text: '- -----x\r\na \t \r\n- b\n' }).text).toBe('-----x\na\nb');
  });

  it('reads a message without a Hash header, with armour headers and a checksum', () => {
    const base64 = `${SIGNATURE.toString('base64')}\n=AbC+\n`;
    const { digests, signatures } = open({ headers: '\n', armorHeaders: 'Version: x\n\n', base64 });
    expect(digests.size).toBe(0);
    expect(signatures).toHaveLength(1);
  });

  it.each([
    ['of two octets', [0xc2, 0xc0, 0x08], 200],
    ['of five octets', [0xc2, 0xff, 0, 0, 0, 30], 30],
    ['of the old format, one octet', [0x88, 30], 30],
    ['of the old format, two octets', [0x89, 1, 0], 256],
    ['of the old format, four octets', [0x8a, 0, 0, 0, 30], 30],
  ])('reads a packet with a length %s', (_what, header, length) => {
    const packets = Buffer.concat([Buffer.from(header), Buffer.alloc(length)]);
    expect(open({ packets: Buffer.concat([packets, SIGNATURE]) }).signatures).toEqual([
      packets,
      SIGNATURE,
    ]);
  });
});

describe('refuses a message', () => {
  it.each<[string, Parts, string]>([
    [
      'that is a login page',
      { begin: '<!DOCTYPE html>\n' },
      'it is a web page, perhaps from a network that requires a login',
    ],
    [
      'that begins with something else',
      { begin: 'x\n' },
      'it does not begin with a signed message',
    ],
    ['that has another header', { headers: 'Comment: x\n\n' }, 'unexpected header Comment: x'],
    [
      'that names an unknown digest',
      { headers: 'Hash: CRC32\n\n' },
      'unexpected header Hash: CRC32',
    ],
    [
      'that names one good digest and an unknown one',
      { headers: 'Hash: SHA256, X\n\n' },
      'unexpected header Hash: SHA256, X',
    ],
    [
      'whose headers have no name',
      { headers: ': SHA256\n\n' },
      'its headers do not end with an empty line',
    ],
    [
      'whose header lines are malformed',
      { headers: 'Hash\n\n' },
      'its headers do not end with an empty line',
    ],
    [
      'with too many headers',
      { headers: `${'Hash: SHA256\n'.repeat(9)}\n` },
      'its headers do not end with an empty line',
    ],
    [
      'with too many armour headers',
      { armorHeaders: `${'Version: x\n'.repeat(9)}\n` },
      'its headers do not end with an empty line',
    ],
    ['with a dash that is not escaped', { text: '-x\n' }, 'a line of its text begins with a dash'],
    [
      'with a message inside',
      { text: '-----BEGIN PGP SIGNED MESSAGE-----\n' },
      'a line of its text begins with a dash',
    ],
    ['whose signature is not terminated', { end: '' }, 'its signature is not terminated'],
    ['whose signature is not base64', { base64: 'a*b\n' }, 'its signature is not base64'],
    [
      'with text after it',
      { end: '-----END PGP SIGNATURE-----\nx\n' },
      'it does not end with the signature',
    ],
    [
      'with too many signatures',
      { packets: Buffer.concat(Array<Buffer>(MAX_SIGNATURES + 1).fill(SIGNATURE)) },
      `it has more than ${MAX_SIGNATURES} signatures`,
    ],
    [
      'with a packet of another kind',
      { packets: packet(Buffer.alloc(3), 6) },
      'a packet of type 6 among its signatures',
    ],
    [
      'with a packet of another kind, of the old format',
      { packets: Buffer.from([0x98, 1, 0]) },
      'a packet of type 6 among its signatures',
    ],
    [
      'with a signature that is too long',
      { packets: Buffer.from([0xc2, 0xff, 0, 0, 0x10, 1]) },
      'a signature of 4097 bytes, expected at most 4096',
    ],
    [
      'whose signature is truncated',
      { packets: SIGNATURE.subarray(0, 10) },
      'its signature is cut short',
    ],
    [
      'whose signature is not a packet',
      { packets: Buffer.from('hello') },
      'its signature is not an OpenPGP packet',
    ],
    [
      'with a packet of partial length',
      { packets: Buffer.from([0xc2, 0xe1, 0, 0]) },
      'a packet of unknown length in its signature',
    ],
    [
      'with a packet that ends inside its length',
      { packets: Buffer.from([0xc2, 0xff, 0, 0]) },
      'a packet of unknown length in its signature',
    ],
    [
      'with a packet that ends before its length',
      { packets: Buffer.from([0xc2]) },
      'a packet of unknown length in its signature',
    ],
    [
      'with a packet of indeterminate length',
      { packets: Buffer.from([0x8b, 1, 2, 3]) },
      'a packet of unknown length in its signature',
    ],
    [
      'with a packet of the old format that ends inside its length',
      { packets: Buffer.from([0x89, 1]) },
      'a packet of unknown length in its signature',
    ],
    [
      'with a line that is too long',
      { text: `${'x'.repeat(8193)}\n` },
      'line 4 has more than 8192 characters',
    ],
    ['with too many lines', { text: '\n'.repeat(16_384) }, 'it has more than 16384 lines'],
    ['that is not UTF-8', { text: 'caf\xe9\n' }, 'it is not UTF-8 text'],
  ])('%s', (_what, parts, why) => {
    expect(refusal(message(parts))).toBe(why);
  });

  it('that has no signature, or no text', () => {
    const begin = '-----BEGIN PGP SIGNED MESSAGE-----\n';
    expect(refusal(Buffer.from(`${begin}\nOrigin: Debian\n`))).toBe('it has no signature');
    expect(refusal(Buffer.from(begin))).toBe('its headers do not end with an empty line');
  });

  it('that is too large, before checking anything else', () => {
    const length = MAX_RELEASE_BYTES + 1;
    expect(refusal(Buffer.alloc(length, '\n'))).toBe(
      `expected at most ${MAX_RELEASE_BYTES} bytes, got ${length}`,
    );
  });
});
