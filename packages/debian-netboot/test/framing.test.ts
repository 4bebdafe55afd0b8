import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { enums, generateKey, type PrivateKey, revokeKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { verifyClearSigned } from '../src/trust/clear-signed.js';
import { type Keyring, parseKeyring } from '../src/trust/keyring.js';
import { packet } from './support/hostile-release.js';
import { IS_LONG_RUN } from './support/long-run.js';
import { createSigner, signText } from './support/signature-packets.js';

const DATE = new Date('2026-06-01T00:00:00Z');
const FUTURE = new Date(Date.now() + 72 * 3_600_000);

const TEXTS = [
  'Origin: Debian\n- dashed\nCodename: trixie\n',
  'Origin: Debian\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nCodename: trixie\n-----BEGIN PGP SIGNATURE-----\n',
  '\n\nOrigin: Debian\n \u00a0\u2028x\u0085\nCodename: trixie\n\n\n',
  '--\n- \n-\n From here\nFrom there\n',
];

/** Parts of a message, each of which a mutation may replace. */
interface Framing {
  readonly before: string;
  readonly begin: string;
  readonly headers: string;
  readonly blank: string;
  readonly lineEnd: string;
  readonly lastLineEnd: string;
  readonly armorBegin: string;
  readonly armorHeaders: string;
  readonly armorBlank: string;
  readonly checksum: string;
  readonly armorEnd: string;
  readonly after: string;
}

const BEGIN = '-----BEGIN PGP SIGNED MESSAGE-----\n';
const ARMOR_BEGIN = '-----BEGIN PGP SIGNATURE-----\n';
const ARMOR_END = '-----END PGP SIGNATURE-----\n';
const ENVELOPE = `${BEGIN}Hash: SHA512\n\nEvil: yes\n`;

/** Values of each part: the usual one first, then those that a few of the messages have. */
const VARIANTS: Readonly<Record<keyof Framing, readonly string[]>> = {
  before: [
    '',
    '\n',
    'Evil: yes\n',
    '\ufeff',
    ENVELOPE,
    BEGIN,
    `${ENVELOPE}${ARMOR_BEGIN}\n${ARMOR_END}`,
  ],
  begin: [
    BEGIN,
    ` ${BEGIN}`,
    BEGIN.replace('\n', ' \t\n'),
    BEGIN.replace('\n', '\r\n'),
    `- ${BEGIN}`,
  ],
  headers: [
    // Without a header, which RFC 9580 allows, gpgv 2.2 knows only weak digests.
    'Hash: SHA512\n',
    'Hash: SHA256\n',
    'Hash: SHA256, SHA512\n',
    'Hash: SHA256\nHash: SHA512\n',
    'Hash: SHA512 \r\n',
    'Hash: sha512\n',
    'Hash:SHA512\n',
    'Hash: SHA1,MD5\n',
    'Hash: SHA512\nComment: x\n',
    'Hash: SHA3-512\n',
    'NotDashEscaped: yes\nHash: SHA512\n',
    'Hash: SHA512\nEvil: yes\n',
  ],
  blank: ['\n', ' \n', '\t\r\n', '\r\n', '', '\u00a0\n', '\v\n', '\n\n', '\r\r\n', '\u2028\n'],
  lineEnd: [
    '\n',
    ' \n',
    '\t \n',
    '\r\n',
    ' \r\n',
    '\r \n',
    '\r\r\n',
    '\v\n',
    '\u00a0\n',
    '\f\n',
    '\0\n',
  ],
  lastLineEnd: ['\n', '\n\n', '', '\r\n', ' \n', '\n \n', '\n- \n'],
  armorBegin: [
    ARMOR_BEGIN,
    ARMOR_BEGIN.replace('\n', ' \t\n'),
    ARMOR_BEGIN.replace('\n', '\r\n'),
    ARMOR_BEGIN.replace('\n', '\u00a0\n'),
    ` ${ARMOR_BEGIN}`,
    `- ${ARMOR_BEGIN}`,
    ARMOR_BEGIN.replace('SIGNATURE', 'MESSAGE'),
    `- ${ARMOR_BEGIN}${ARMOR_BEGIN}`,
  ],
  armorHeaders: [
    '',
    'Version: GnuPG v2\n',
    'Comment: x\nHash: SHA1\n',
    'Comment:\n',
    ': x\n',
    'x\n',
  ],
  armorBlank: ['\n', '\r\n', ' \n', '', '\u00a0\n', '\n\n'],
  // A single wrong checksum must be ignored (RFC 9580 §6.1), but gpgv 2.2 refuses it.
  checksum: ['', '=\n', '=AAAA\n=AAAA\n', 'AA==\nAA==\n'],
  armorEnd: [ARMOR_END, ARMOR_END.replace('\n', ' \r\n'), ARMOR_END.trimEnd(), ARMOR_BEGIN, ''],
  after: [
    '',
    '\n',
    ' \t\r\n\n',
    'Evil: yes\n',
    ENVELOPE,
    `${BEGIN}\nEvil: yes\n${ARMOR_BEGIN}`,
    '\ufeff',
  ],
};

const framing: fc.Arbitrary<Framing> = fc.record(
  Object.fromEntries(
    Object.entries(VARIANTS).map(([part, [usual = '', ...others]]) => [
      part,
      fc.oneof(
        { weight: 12, arbitrary: fc.constant(usual) },
        { weight: 1, arbitrary: fc.constantFrom(usual, ...others) },
      ),
    ]),
  ) as { [Part in keyof Framing]: fc.Arbitrary<string> },
);

function frame(parts: Framing, text: string, base64: string, oddLine: number): string {
  const lines = text.split('\n').map((line) => (line.startsWith('-') ? `- ${line}` : line));
  const last = lines.pop();
  const body = lines.map((line, index) => line + (index === oddLine ? parts.lineEnd : '\n'));
  return [
    ...[parts.before, parts.begin, parts.headers, parts.blank],
    ...[...body, last, parts.lastLineEnd],
    ...[parts.armorBegin, parts.armorHeaders, parts.armorBlank],
    ...[base64.replace(/.{64}/g, '$&\n'), '\n', parts.checksum, parts.armorEnd, parts.after],
  ].join('');
}

/** Verdict of gpgv, and the text that it reports as signed. */
interface Verdict {
  readonly isAccepted: boolean;
  readonly text: string;
}

describe.skipIf(lacks('gpgv'))('a signed message of any shape', () => {
  let home: string;
  let keyring: Keyring;
  /** Signatures on each text, and packets of other types. */
  let packets: readonly (readonly Buffer[])[];
  let good: readonly Buffer[];

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'debian-netboot-'));
    const [key, stranger, revoked, expired] = await Promise.all([
      createSigner(),
      createSigner(),
      createSigner(),
      createSigner(new Date('2026-07-01T00:00:00Z')),
    ]);
    const { privateKey: rsa } = await generateKey({
      type: 'rsa',
      rsaBits: 2048,
      userIDs: [{ name: 'RSA' }],
      date: new Date('2020-01-01T00:00:00Z'),
      format: 'object',
    });
    const { publicKey } = await revokeKey({ key: revoked, format: 'object' });
    const trusted = [key.toPublic(), publicKey, expired.toPublic(), rsa.toPublic()];
    keyring = await parseKeyring(Buffer.concat(trusted.map((each) => each.write())));
    writeFileSync(join(home, 'keyring.gpg'), Buffer.concat(trusted.map((each) => each.write())));
    good = await Promise.all(TEXTS.map((text) => sign(text, key)));
    packets = await Promise.all(
      TEXTS.map(async (text) => {
        const own = await sign(text, key);
        return [
          own,
          await sign(text, key, { type: 0x00 }),
          await sign(text, key, { withSubkey: true }),
          await sign(text, key, { hash: enums.hash.sha256 }),
          await sign(text, rsa, { hash: enums.hash.sha1 }),
          await sign(text, rsa, { hash: enums.hash.md5 }),
          await sign(text, rsa),
          await sign(text, key, { date: FUTURE }),
          await sign(text, key, { type: 0x02 }),
          await sign(`${text}Evil: yes\n`, key),
          await sign(text, stranger),
          await sign(text, revoked),
          await sign(text, expired),
          ...[1, 4, 8, 10, 11, 12, 20, 60].map((tag) => packet(tag, own.subarray(3))),
          packet(2, own.subarray(own.readUInt8(1) < 0xc0 ? 2 : 3)),
          Buffer.concat([Buffer.from([0xc2, 0xe5]), own.subarray(3)]),
          own.subarray(0, -1),
          Buffer.concat([own, Buffer.from([0])]),
          withByte(own, own.indexOf(Buffer.from([4, 1])) + 3, 99),
          withByte(own, own.indexOf(Buffer.from([4, 1])) + 2, 99),
        ];
      }),
    );
  });

  afterAll(() => {
    rmSync(home, { recursive: true });
  });

  function gpgv(message: string): Verdict {
    const [file, output] = [join(home, 'InRelease'), join(home, 'text')];
    const keyringFile = join(home, 'keyring.gpg');
    writeFileSync(file, message);
    rmSync(output, { force: true });
    const args = ['--status-fd', '1', '--keyring', keyringFile, '--output', output];
    const env = { ...process.env, GNUPGHOME: home };
    const { stdout } = spawnSync('gpgv', [...args, file], { encoding: 'utf8', env });
    // As in apt: other signatures may be ignored, but none may be wrong.
    const isAccepted = stdout.includes('] VALIDSIG ') && !stdout.includes('] BADSIG ');
    return { isAccepted, text: isAccepted ? readFileSync(output, 'utf8') : '' };
  }

  it('is accepted only if gpgv accepts it, and with the same text', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(TEXTS.length - 1),
        fc.nat(TEXTS.length - 1),
        framing,
        fc.array(fc.nat(packets[0]!.length - 1), { maxLength: 3 }),
        fc.nat(3),
        fc.nat(6),
        async (signedText, shownText, parts, others, goodAt, oddLine) => {
          // Most messages have the signed text, since the others prove little.
          const shown = oddLine === 6 ? shownText : signedText;
          const chosen = others.map((index) => packets[signedText]![index]!);
          const trusted = goodAt === 3 ? [] : [good[signedText]!];
          const list = [...chosen.slice(0, goodAt), ...trusted, ...chosen.slice(goodAt)];
          const base64 = Buffer.concat(list).toString('base64');
          const message = frame(parts, TEXTS[shown]!, base64, oddLine);
          const ours = await verifyClearSigned(Buffer.from(message), keyring, Date.now()).catch(
            () => undefined,
          );
          if (ours === undefined) {
            return;
          }
          accepted += 1;
          const theirs = gpgv(message);
          expect(theirs.isAccepted, JSON.stringify(message)).toBe(true);
          expect(lines(`${ours.text}\n`), JSON.stringify(message)).toEqual(lines(theirs.text));
        },
      ),
      { numRuns: IS_LONG_RUN ? 5_000 : 500 },
    );
    // Otherwise, nothing would have been compared.
    expect(accepted).toBeGreaterThan(50);
  }, 600_000);

  it('is accepted unchanged, with CRLF, and with a checksum and headers before the signature', async () => {
    const usual = Object.fromEntries(
      Object.entries(VARIANTS).map(([part, [value]]) => [part, value]),
    ) as unknown as Framing;
    for (const [index, text] of TEXTS.entries()) {
      const base64 = good[index]!.toString('base64');
      const message = frame(usual, text, base64, -1);
      const crc = `=${crc24(good[index]!).toString('base64')}\n`;
      for (const each of [
        message,
        message.replaceAll('\n', '\r\n'),
        frame({ ...usual, checksum: crc, armorHeaders: 'Version: GnuPG v2\n' }, text, base64, -1),
      ]) {
        const { text: ours } = await verifyClearSigned(Buffer.from(each), keyring, Date.now());
        const theirs = gpgv(each);
        expect(theirs.isAccepted).toBe(true);
        expect(lines(`${ours}\n`)).toEqual(lines(theirs.text));
      }
    }
  });
});

/** Returns the checksum of armoured bytes (RFC 9580 §6.1.1). */
function crc24(bytes: Buffer): Buffer {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) {
      crc <<= 1;
      crc ^= crc & 0x1000000 ? 0x1864cfb : 0;
    }
  }
  return Buffer.from([crc >> 16, crc >> 8, crc]);
}

function sign(
  text: string,
  key: PrivateKey,
  options: Partial<Parameters<typeof signText>[2]> = {},
): Promise<Buffer> {
  return signText(withoutTrailing(' \t', text).join('\n'), key, {
    type: 0x01,
    date: DATE,
    ...options,
  });
}

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(value, at);
  return changed;
}

/**
 * Returns the lines without trailing blanks, which are not signed; gpgv keeps some, and adds a newline to the
 * last line.
 */
function lines(text: string): readonly string[] {
  return withoutTrailing(' \t\r', text.endsWith('\n') ? text.slice(0, -1) : text);
}

function withoutTrailing(characters: string, text: string): readonly string[] {
  return text.split('\n').map((line) => {
    let end = line.length;
    while (end > 0 && characters.includes(line.charAt(end - 1))) {
      end -= 1;
    }
    return line.slice(0, end);
  });
}
