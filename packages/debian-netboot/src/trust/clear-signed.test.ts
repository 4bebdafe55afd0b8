import { beforeAll, describe, expect, it } from 'vitest';

import { createSigningKey, type SigningKey } from '@pxe/local-mirror';

import { FIXTURE_TIME, fixtureInRelease, fixtureReleaseText } from '../../test/support/fixtures.js';
import { verifyClearSigned } from './clear-signed.js';
import { DEBIAN_ARCHIVE_KEYRING, type Keyring, parseKeyring } from './keyring.js';

const NOW = FIXTURE_TIME;

/** Changes the text of a message, as an attacker might. */
function edited(message: Buffer, edit: (text: string) => string): Buffer {
  return Buffer.from(edit(message.toString('utf8')));
}

/** Checks a message with Debian's keys. */
function verify(message: Uint8Array, now = NOW): ReturnType<typeof verifyClearSigned> {
  return verifyClearSigned(message, DEBIAN_ARCHIVE_KEYRING, now);
}

describe("Debian's own InRelease", () => {
  it.each([
    ['bullseye', ['1F89983E', 'B8B80B5B', 'A4285295']],
    ['bookworm', ['B8B80B5B', '04B54C3C', '4D64FEC1']],
    ['trixie', ['B8B80B5B', '04B54C3C', '41587F7D']],
    ['forky', ['B8B80B5B', '04B54C3C']],
  ] as const)(
    'for %s is signed by its keys; a subkey counts as its primary key',
    async (suite, ids) => {
      const { text, signers } = await verify(fixtureInRelease(suite));
      expect(signers.map((key) => key.fingerprint.slice(0, 8)).sort()).toEqual([...ids].sort());
      expect(text.trimEnd()).toBe(fixtureReleaseText(suite).trimEnd());
    },
  );

  it('is accepted with CRLF line ends', async () => {
    const message = edited(fixtureInRelease('trixie'), (text) => text.replaceAll('\n', '\r\n'));
    const { text } = await verify(message);
    expect(text).not.toContain('\r');
  });

  it('is refused once its keys have expired, whatever the date of the signatures', async () => {
    await expect(
      verify(fixtureInRelease('trixie'), Date.parse('2045-01-01')),
    ).rejects.toMatchObject({
      code: 'ERR_NETBOOT_KEY_EXPIRED',
    });
  });

  it('is accepted as long as one of its keys has not expired', async () => {
    const { signers } = await verify(fixtureInRelease('bullseye'), Date.parse('2030-01-01'));
    expect(signers.map(({ fingerprint }) => fingerprint.slice(0, 8))).toEqual(['B8B80B5B']);
  });
});

describe('refuses a message', () => {
  const message = fixtureInRelease('bookworm');

  it.each([
    ['with one flipped bit in its text', 2000],
    ['with one flipped bit in a hash at its end', 149_000],
  ])('%s', async (_what, position) => {
    const changed = Buffer.from(message);
    changed.writeUInt8(changed.readUInt8(position) ^ 1, position);
    await expect(verify(changed)).rejects.toMatchObject({ code: 'ERR_NETBOOT_BAD_SIGNATURE' });
  });

  it.each([
    ['text before it', (text: string) => `Origin: Debian\n${text}`],
    ['text after it', (text: string) => `${text}\nOrigin: Debian\n`],
    ['a second message after it', (text: string) => text + text],
    ['a byte order mark', (text: string) => `\uFEFF${text}`],
    ['its end missing', (text: string) => text.slice(0, -200)],
    ['its signature missing', (text: string) => text.replace(/-----BEGIN PGP SIG[\s\S]*/, '')],
    ['another armour header', (text: string) => text.replace('Hash: SHA256', 'Comment: hello')],
    ['a weak hash announced', (text: string) => text.replace('Hash: SHA256', 'Hash: SHA1')],
  ])('with %s', async (_what, edit) => {
    await expect(verify(edited(message, edit))).rejects.toMatchObject({
      code: 'ERR_NETBOOT_BAD_SIGNATURE',
    });
  });

  it.each([
    ['is empty', Buffer.alloc(0)],
    ['is not text', Buffer.from([0xff, 0xfe, 0x00])],
    ['is a web page', Buffer.from('<html>Please log in</html>')],
  ])('that %s', async (_what, content) => {
    await expect(verify(content)).rejects.toMatchObject({ code: 'ERR_NETBOOT_BAD_SIGNATURE' });
  });

  it("that is signed in the future by this machine's clock, with that reason", async () => {
    await expect(verify(message, Date.parse('2026-01-01'))).rejects.toMatchObject({
      code: 'ERR_NETBOOT_RELEASE_FROM_FUTURE',
      hint: "set this machine's clock",
    });
  });
});

describe('keys that are not trusted', () => {
  let key: SigningKey;
  let keyring: Keyring;

  beforeAll(async () => {
    key = await createSigningKey();
    keyring = await parseKeyring(key.publicKey);
  });

  it('do not count', async () => {
    const message = Buffer.from(await key.clearSign('Origin: Debian\n'));
    await expect(verify(message, Date.now())).rejects.toMatchObject({
      code: 'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
    });
    await expect(verifyClearSigned(fixtureInRelease('trixie'), keyring, NOW)).rejects.toMatchObject(
      { code: 'ERR_NETBOOT_UNTRUSTED_SIGNATURE' },
    );
  });

  it('are ignored alongside one that is', async () => {
    const some: Keyring = {
      keys: DEBIAN_ARCHIVE_KEYRING.keys.filter((known) => known.role === 'release'),
    };
    const { signers } = await verifyClearSigned(fixtureInRelease('trixie'), some, NOW);
    expect(signers.map(({ name }) => name)).toEqual(['Debian Stable Release Key (13/trixie)']);
  });

  it('cannot borrow the fingerprint of one that is', async () => {
    const [known] = DEBIAN_ARCHIVE_KEYRING.keys;
    const forged: Keyring = { keys: [{ ...known!, armored: key.publicKey }] };
    const message = Buffer.from(await key.clearSign('Origin: Debian\n'));
    await expect(verifyClearSigned(message, forged, Date.now())).rejects.toMatchObject({
      code: 'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
    });
  });

  it('are trusted once they are in the keyring', async () => {
    const message = Buffer.from(await key.clearSign('Origin: Debian\n'));
    const { text, signers } = await verifyClearSigned(message, keyring, Date.now());
    expect(text).toBe('Origin: Debian\n');
    expect(signers).toEqual(keyring.keys);
  });
});
