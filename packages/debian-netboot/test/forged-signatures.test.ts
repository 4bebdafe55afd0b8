import fc from 'fast-check';
import { enums, type PrivateKey, readKeys } from 'openpgp';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { openEnvelope } from '../src/trust/clear-sign-envelope.js';
import { verifyClearSigned } from '../src/trust/clear-signed.js';
import { DEBIAN_ARCHIVE_KEYRING, type Keyring, parseKeyring } from '../src/trust/keyring.js';
import { trustRelease } from '../src/trust/release-trust.js';
import { FIXTURE_TIME, fixtureInRelease, fixtureReleaseText } from './support/fixtures.js';
import { cutMessage } from './support/hostile-release.js';
import {
  clearSigned,
  createReferee,
  createSigner,
  MESSAGE_TYPES,
  ownSignatures,
  SIGNATURE_TYPES,
  signText,
} from './support/signature-packets.js';

/** Content that an attacker without a Debian key tries to pass off as Debian's. */
const EVIL = fixtureReleaseText('trixie').replace('main/binary-all', 'evil/binary-all');

const DATE = new Date('2026-06-01T00:00:00Z');

/** Offset of the version in a signature packet whose body is shorter than 192 bytes. */
const VERSION_OFFSET = 2;

const name = (type: number): string => `0x${type.toString(16).padStart(2, '0')}`;
const OTHER_TYPES = SIGNATURE_TYPES.filter((type) => !MESSAGE_TYPES.includes(type));

describe.skipIf(lacks('gpgv'))(
  "a public signature by one of Debian's keys that is not on a message",
  () => {
    let referee: (message: Buffer) => boolean;
    let found: { readonly key: string; readonly type: number; readonly packet: Buffer }[];

    beforeAll(async () => {
      referee = await createReferee(DEBIAN_ARCHIVE_KEYRING);
      found = [];
      for (const { armored, name: key } of DEBIAN_ARCHIVE_KEYRING.keys) {
        for (const publicKey of await readKeys({ armoredKeys: armored })) {
          found.push(
            ...ownSignatures(publicKey.toPublic()).map((signature) => ({ key, ...signature })),
          );
        }
      }
    });

    it('occurs in the keyring that ships with the package, in several types', () => {
      const types = new Set(found.map(({ type }) => type));
      expect([...types].sort()).toEqual([0x13, 0x18, 0x19, 0x1f]);
      expect(found.length).toBeGreaterThan(DEBIAN_ARCHIVE_KEYRING.keys.length);
    });

    it.each(['', 'SHA256', 'SHA512'])(
      'vouches for no text, with the digest "%s" announced',
      async (digest) => {
        for (const { packet } of found) {
          const message = clearSigned(EVIL, [packet], digest);
          await expect(
            verifyClearSigned(message, DEBIAN_ARCHIVE_KEYRING, FIXTURE_TIME, 'trixie'),
          ).rejects.toMatchObject({ code: 'ERR_NETBOOT_BAD_SIGNATURE' });
          expect(referee(message)).toBe(false);
        }
      },
    );

    it('is rejected if a release key is required', async () => {
      const policy = {
        keyring: DEBIAN_ARCHIVE_KEYRING,
        requireReleaseKey: true,
        acceptExpiredRelease: false,
        now: FIXTURE_TIME,
      };
      const automatic = {
        keys: DEBIAN_ARCHIVE_KEYRING.keys.filter(({ role }) => role === 'automatic'),
      };
      const text = fixtureReleaseText('trixie');
      const signatures: Buffer[] = [];
      for (const packet of openEnvelope(fixtureInRelease('trixie')).signatures) {
        const message = clearSigned(text, [Buffer.from(packet)], 'SHA256');
        await verifyClearSigned(message, automatic, FIXTURE_TIME).then(
          () => signatures.push(Buffer.from(packet)),
          () => undefined,
        );
      }
      expect(signatures).toHaveLength(2);
      for (const { packet } of found) {
        const message = clearSigned(text, [...signatures, packet], 'SHA256');
        await expect(trustRelease('trixie', message, policy, undefined)).rejects.toMatchObject({
          code: 'ERR_NETBOOT_BAD_SIGNATURE',
        });
      }
    });

    it('invalidates a message that Debian has signed, since only an attacker would add it', async () => {
      const text = fixtureReleaseText('trixie');
      const { packet } = cutMessage(fixtureInRelease('trixie').toString('utf8'));
      const verify = (packets: readonly Buffer[]): Promise<unknown> =>
        verifyClearSigned(
          clearSigned(text, packets, 'SHA256'),
          DEBIAN_ARCHIVE_KEYRING,
          FIXTURE_TIME,
        );
      await expect(verify([packet])).resolves.toBeDefined();
      for (const { packet: certification } of found) {
        for (const packets of [
          [certification, packet],
          [packet, certification],
        ]) {
          await expect(verify(packets)).rejects.toMatchObject({
            code: 'ERR_NETBOOT_BAD_SIGNATURE',
          });
        }
      }
    });
  },
);

describe.skipIf(lacks('gpgv'))('a signature by a trusted key', () => {
  const text = 'Origin: Debian\n- dashed\nCodename: trixie\n';
  let key: PrivateKey;
  let stranger: PrivateKey;
  let keyring: Keyring;
  let referee: (message: Buffer) => boolean;
  const verdicts: { readonly ours: boolean; readonly gnupgs: boolean }[] = [];

  beforeAll(async () => {
    [key, stranger] = [await createSigner(), await createSigner()];
    keyring = await parseKeyring(key.toPublic().armor());
    referee = await createReferee(keyring);
  });

  /**
   * Returns this package's verdict on a message. Records it together with GnuPG's, which is true if GnuPG
   * accepts one of `others`.
   */
  async function accepts(message: Buffer, others: readonly Buffer[] = [message]): Promise<boolean> {
    const ours = await verifyClearSigned(message, keyring, Date.now()).then(
      ({ signers }) => signers.length > 0,
      () => false,
    );
    verdicts.push({ ours, gnupgs: others.some(referee) });
    return ours;
  }

  // In every test, nothing is accepted that GnuPG refuses.
  afterEach(() => {
    const all = verdicts.splice(0);
    expect(all.length).toBeGreaterThan(0);
    expect(all.filter(({ ours, gnupgs }) => ours && !gnupgs)).toEqual([]);
  });

  it.each(MESSAGE_TYPES.map(name))('counts if it was made on a message, %s', async (type) => {
    for (const withSubkey of [false, true]) {
      const options = { type: Number(type), date: DATE, withSubkey };
      expect(await accepts(clearSigned(text, [await signText(text, key, options)]))).toBe(true);
    }
    expect(verdicts).toEqual([
      { ours: true, gnupgs: true },
      { ours: true, gnupgs: true },
    ]);
  });

  it.each(OTHER_TYPES.map(name))('does not count if it is of type %s', async (type) => {
    for (const withSubkey of [false, true]) {
      const options = { type: Number(type), date: DATE, withSubkey };
      const packet = await signText(text, key, options);
      await expect(
        verifyClearSigned(clearSigned(text, [packet]), keyring, Date.now()),
      ).rejects.toMatchObject({
        code: 'ERR_NETBOOT_BAD_SIGNATURE',
        message: `a signature of type ${type}: expected 0x00 or 0x01, a signature on a message`,
      });
      expect(await accepts(clearSigned(text, [packet]))).toBe(false);
      expect(await accepts(clearSigned(text, [packet], ''))).toBe(false);
    }
  });

  it.each(OTHER_TYPES.map(name))(
    'of type %s never makes another text count, even alongside a good signature or with its digest',
    async (type) => {
      const good = await signText(text, key, { type: 0x01, date: DATE });
      const other = await signText(text, key, { type: Number(type), date: DATE });
      for (const packets of [
        [good, other],
        [other, good],
        [good, other, good],
      ]) {
        expect(await accepts(clearSigned(text, packets))).toBe(false);
        expect(await accepts(clearSigned(`${text}Evil: yes\n`, packets))).toBe(false);
      }
    },
  );

  it('does not count with another type written over its own', async () => {
    const overwritten = [
      ...OTHER_TYPES.flatMap((made) => MESSAGE_TYPES.map((type) => ({ made, type }))),
      ...OTHER_TYPES.map((type) => ({ made: 0x01, type })),
      { made: 0x00, type: 0x01 },
      { made: 0x01, type: 0x00 },
    ];
    for (const { made, type } of overwritten) {
      const packet = await signText(text, key, { type: made, date: DATE });
      const position = packet.indexOf(Buffer.from([4, made, enums.publicKey.eddsaLegacy]));
      packet.writeUInt8(type, position + 1);
      expect(await accepts(clearSigned(text, [packet]))).toBe(false);
    }
  });

  it('does not count on another text, with another digest or with a key that it does not name', async () => {
    const good = await signText(text, key, { type: 0x01, date: DATE });
    expect(await accepts(clearSigned(`${text}Evil: yes\n`, [good]))).toBe(false);
    expect(await accepts(clearSigned(text, [good], 'SHA256'))).toBe(false);
    const misnamed = await signText(text, key, { type: 0x01, date: DATE, issuer: stranger });
    expect(await accepts(clearSigned(text, [misnamed]))).toBe(false);
    const strange = await signText(text, stranger, { type: 0x01, date: DATE });
    expect(await accepts(clearSigned(text, [strange]))).toBe(false);
  });

  it('is required', async () => {
    expect(await accepts(clearSigned(text, []))).toBe(false);
    const unknownVersion = Buffer.from([0xc2, 0x06, 0x07, 0x01, 22, 10, 0, 0]);
    expect(await accepts(clearSigned(text, [unknownVersion]))).toBe(false);
  });

  it('counts next to a copy of an unknown version, which does not count alone', async () => {
    const good = await signText(text, key, { type: 0x01, date: DATE });
    for (const version of [0, 2, 5, 7, 255]) {
      const unknown = Buffer.from(good);
      unknown.writeUInt8(version, VERSION_OFFSET);
      for (const packets of [
        [good, unknown],
        [unknown, good],
      ]) {
        const { signers } = await verifyClearSigned(
          clearSigned(text, packets),
          keyring,
          Date.now(),
        );
        expect(signers).toHaveLength(1);
      }
      expect(await accepts(clearSigned(text, [unknown]))).toBe(false);
    }
  });

  it('is never accepted for a type or text for which GnuPG accepts none of its packets', async () => {
    const packets = await Promise.all(
      SIGNATURE_TYPES.flatMap((type) =>
        [text, ''].map((signed) => signText(signed, key, { type, date: DATE })),
      ),
    );
    const packet = fc.oneof(
      fc.constantFrom(...packets),
      fc
        .tuple(fc.constantFrom(...packets), fc.nat(200), fc.integer({ min: 1, max: 255 }))
        .map(([original, position, mask]) => {
          const changed = Buffer.from(original);
          const at = position % changed.length;
          changed.writeUInt8(changed.readUInt8(at) ^ mask, at);
          return changed;
        }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(packet, { maxLength: 3 }),
        fc.constantFrom(text, '', `${text}Evil: yes\n`),
        // Without the header, GnuPG assumes only MD5 and SHA-1, which neither side accepts.
        fc.constantFrom('SHA256', 'SHA512'),
        async (chosen, signed, digest) => {
          // Given several packets, GnuPG also refuses those that this package ignores: signatures of an unknown
          // version, or that name an unknown key.
          const alone = chosen.map((one) => clearSigned(signed, [one], digest));
          await accepts(clearSigned(signed, chosen, digest), alone);
          const last = verdicts.at(-1);
          expect(last?.ours === true && !last.gnupgs).toBe(false);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('of any other type is never accepted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 255 }), fc.boolean(), async (type, withSubkey) => {
        const packet = await signText(text, key, { type, date: DATE, withSubkey });
        expect(await accepts(clearSigned(text, [packet]))).toBe(MESSAGE_TYPES.includes(type));
      }),
      {
        numRuns: 60,
        examples: [
          [0x00, false],
          [0x01, true],
        ],
      },
    );
  });
});
