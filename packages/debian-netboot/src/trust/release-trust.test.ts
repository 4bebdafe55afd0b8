import { describe, expect, it } from 'vitest';

import { createSigningKey, type ReleaseFields, releaseText } from '@pxe/local-mirror';

import { FIXTURE_TIME, fixtureInRelease } from '../../test/support/fixtures.js';
import { DEBIAN_ARCHIVE_KEYRING, parseKeyring } from './keyring.js';
import { type ReleasePolicy, trustRelease } from './release-trust.js';

const POLICY: ReleasePolicy = {
  keyring: DEBIAN_ARCHIVE_KEYRING,
  requireReleaseKey: false,
  acceptExpiredRelease: false,
  now: FIXTURE_TIME,
};

const key = await createSigningKey();
const OWN_POLICY: ReleasePolicy = { ...POLICY, keyring: await parseKeyring(key.publicKey) };

/** Returns a Release signed with a test key. */
async function ownRelease(fields: Partial<ReleaseFields>): Promise<Buffer> {
  const date = new Date('2026-10-01T00:00:00Z');
  const text = await releaseText(new Map(), {
    suite: 'stable',
    codename: 'trixie',
    date,
    ...fields,
  });
  return Buffer.from(await key.clearSign(text, date));
}

describe("Debian's own InRelease", () => {
  it.each(['bullseye', 'bookworm', 'trixie', 'forky'] as const)(
    'for %s is trusted',
    async (suite) => {
      const { release } = await trustRelease(suite, fixtureInRelease(suite), POLICY, undefined);
      expect(release.codename).toBe(suite);
    },
  );

  it('for one suite is refused for another', async () => {
    await expect(
      trustRelease('trixie', fixtureInRelease('bullseye'), POLICY, undefined),
    ).rejects.toMatchObject({
      code: 'ERR_NETBOOT_WRONG_SUITE',
      message: 'expected the InRelease of trixie, got that of bullseye',
    });
  });

  it('for testing is refused after its Valid-Until, unless that is accepted', async () => {
    const later = { ...POLICY, now: Date.parse('2026-11-22') };
    const forky = fixtureInRelease('forky');
    await expect(trustRelease('forky', forky, later, undefined)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_RELEASE_EXPIRED',
    });
    const lax = { ...later, acceptExpiredRelease: true };
    await expect(trustRelease('forky', forky, lax, undefined)).resolves.toBeDefined();
  });

  it('for a released suite does not expire', async () => {
    const later = { ...POLICY, now: Date.parse('2028-01-01') };
    const trixie = fixtureInRelease('trixie');
    await expect(trustRelease('trixie', trixie, later, undefined)).resolves.toBeDefined();
  });

  it('is refused if a newer one was seen', async () => {
    const trixie = fixtureInRelease('trixie');
    const same = new Date('2026-09-12T07:55:41Z');
    await expect(trustRelease('trixie', trixie, POLICY, same)).resolves.toBeDefined();
    const newer = new Date('2026-09-12T07:55:42Z');
    await expect(trustRelease('trixie', trixie, POLICY, newer)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_RELEASE_WENT_BACK',
    });
  });

  it('must be signed by a release key if required, except for testing', async () => {
    const strict = { ...POLICY, requireReleaseKey: true };
    for (const suite of ['bullseye', 'bookworm', 'trixie', 'forky'] as const) {
      const content = fixtureInRelease(suite);
      await expect(trustRelease(suite, content, strict, undefined)).resolves.toBeDefined();
    }
    const automatic = {
      ...strict,
      keyring: { keys: POLICY.keyring.keys.filter((known) => known.role === 'automatic') },
    };
    await expect(
      trustRelease('trixie', fixtureInRelease('trixie'), automatic, undefined),
    ).rejects.toMatchObject({ code: 'ERR_NETBOOT_UNTRUSTED_SIGNATURE' });
  });
});

describe('an archive with a custom key', () => {
  it('may have any origin', async () => {
    const content = await ownRelease({ origin: 'Example' });
    await expect(trustRelease('trixie', content, OWN_POLICY, undefined)).resolves.toBeDefined();
  });

  it('is refused if Debian is expected', async () => {
    const keys = OWN_POLICY.keyring.keys.map((own) => ({ ...own, role: 'automatic' as const }));
    const asDebian = { ...OWN_POLICY, keyring: { keys } };
    const content = await ownRelease({ origin: 'Example' });
    await expect(trustRelease('trixie', content, asDebian, undefined)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_WRONG_SUITE',
    });
  });

  it('may be dated hours ahead, but not days', async () => {
    const soon = await ownRelease({ date: new Date(FIXTURE_TIME + 60 * 60 * 1000) });
    await expect(trustRelease('trixie', soon, OWN_POLICY, undefined)).resolves.toBeDefined();
    const ahead = await ownRelease({ date: new Date(FIXTURE_TIME + 3 * 24 * 60 * 60 * 1000) });
    await expect(trustRelease('trixie', ahead, OWN_POLICY, undefined)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_RELEASE_FROM_FUTURE',
    });
  });

  it('must sign a valid Release', async () => {
    const content = Buffer.from(await key.clearSign('hello\n', new Date(FIXTURE_TIME)));
    await expect(trustRelease('trixie', content, OWN_POLICY, undefined)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_MALFORMED_RELEASE',
    });
  });
});
