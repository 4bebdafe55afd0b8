import { readFileSync } from 'node:fs';

import { readKeys } from 'openpgp';
import { describe, expect, it } from 'vitest';

import { createSigningKey } from '@pxe/local-mirror';
import { lacksFile } from '@pxe/test-host';

import { DEBIAN_ARCHIVE_KEYRING, joinKeyrings, parseKeyring } from './keyring.js';
import { publicKeysOf } from './public-keys.js';

const HOST_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

describe('keyring', () => {
  it('ships the keys with the pinned fingerprints', async () => {
    const keys = await publicKeysOf(DEBIAN_ARCHIVE_KEYRING);
    expect(keys.map((key) => key.getFingerprint().toUpperCase())).toEqual(
      DEBIAN_ARCHIVE_KEYRING.keys.map(({ fingerprint }) => fingerprint),
    );
  });

  it.skipIf(lacksFile(HOST_KEYRING, 'apt-get install debian-archive-keyring'))(
    'pins no current key that debian-archive-keyring does not contain',
    async () => {
      const inUse = DEBIAN_ARCHIVE_KEYRING.keys.filter((key) => key.archivedSuite === undefined);
      const installed = await readKeys({ binaryKeys: readFileSync(HOST_KEYRING) });
      const fingerprints = installed.map((key) => key.getFingerprint().toUpperCase());
      expect(fingerprints).toEqual(
        expect.arrayContaining(inUse.map(({ fingerprint }) => fingerprint)),
      );
    },
  );

  it('reads a custom keyring, binary or armoured', async () => {
    const { publicKey, fingerprint } = await createSigningKey('Example mirror');
    const armored = await parseKeyring(publicKey);
    expect(armored.keys).toMatchObject([
      { fingerprint, name: 'Example mirror <test@localhost>', role: 'own' },
    ]);
    const [key] = await publicKeysOf(armored);
    const binary = await parseKeyring(key!.write());
    expect(binary.keys[0]?.fingerprint).toBe(fingerprint);
  });

  it('reads several keys in one armoured file', async () => {
    const first = await createSigningKey('first');
    const second = await createSigningKey('second');
    const keyring = await parseKeyring(`${first.publicKey}\n${second.publicKey}`);
    expect(keyring.keys.map(({ fingerprint }) => fingerprint)).toEqual([
      first.fingerprint,
      second.fingerprint,
    ]);
  });

  it("keeps the facts about Debian's keys when a custom keyring contains them, too", async () => {
    const own = await createSigningKey('own');
    const debian = DEBIAN_ARCHIVE_KEYRING.keys.map(({ armored }) => armored).join('\n');
    const custom = await parseKeyring(`${debian}\n${own.publicKey}`);
    const { keys } = joinKeyrings(DEBIAN_ARCHIVE_KEYRING, custom);
    expect(keys.slice(0, -1)).toEqual(DEBIAN_ARCHIVE_KEYRING.keys);
    expect(keys.at(-1)).toMatchObject({ fingerprint: own.fingerprint, role: 'own' });
  });

  it.each([
    ['nothing', ''],
    ['something else', 'hello'],
    [
      'a broken key',
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQIN\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----',
    ],
    ['bytes that are not a key', new Uint8Array([1, 2, 3])],
  ])('refuses a keyring with %s', async (_what, content) => {
    await expect(parseKeyring(content)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_MALFORMED_KEYRING',
    });
  });
});
