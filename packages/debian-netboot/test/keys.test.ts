import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { verifyClearSigned } from '../src/trust/clear-signed.js';
import { parseKeyring } from '../src/trust/keyring.js';
import { temporaryDirectory } from './support/made-up-mirror.js';

const TEXT = 'Origin: Example\nCodename: trixie\n';
const MADE = '20250101T000000';
const SIGNED = '20250601T000000';
const NOW = Date.parse('2026-06-01T00:00:00Z');

/** GnuPG with several keys, as the maintainer of an archive has. */
interface Keys {
  make(name: string, algorithm?: string, expire?: string): string;
  /** Adds a signing subkey; returns its fingerprint. */
  addSubkey(fingerprint: string): string;
  revoke(fingerprint: string): void;
  revokeSubkey(fingerprint: string): void;
  sign(signers: readonly string[], digest?: string, options?: readonly string[]): string;
  /** Returns the public keys in their current state. */
  exported(): string;
}

let gpg: Keys;

describe.skipIf(lacks('gpg'))('keys', () => {
  beforeEach(async () => {
    const home = join(await temporaryDirectory(), 'gnupg');
    mkdirSync(home, { mode: 0o700 });
    const run = (args: readonly string[], input = '', time = MADE): string =>
      execFileSync(
        'gpg',
        [
          '--yes',
          '--quiet',
          ...(args.includes('--edit-key') ? [] : ['--batch']),
          `--faked-system-time=${time}!`,
          '--passphrase',
          '',
          ...args,
        ],
        {
          env: { ...process.env, GNUPGHOME: home },
          input,
          encoding: 'utf8',
          stdio: ['pipe', 'pipe', 'ignore'],
        },
      );
    const fingerprintOf = (name: string): string =>
      /^fpr:+([0-9A-F]+):/m.exec(run(['--with-colons', '--list-keys', name]))?.[1] ?? '';
    gpg = {
      make(name, algorithm = 'ed25519', expire = 'never') {
        run(['--quick-generate-key', name, algorithm, 'sign', expire]);
        return fingerprintOf(name);
      },
      addSubkey(fingerprint) {
        run(['--quick-add-key', fingerprint, 'ed25519', 'sign', 'never']);
        const found = run(['--with-colons', '--list-keys', fingerprint]).matchAll(
          /^fpr:+([0-9A-F]+):/gm,
        );
        return [...found].at(-1)?.[1] ?? '';
      },
      revoke(fingerprint) {
        const revocation = readFileSync(
          join(home, 'openpgp-revocs.d', `${fingerprint}.rev`),
          'utf8',
        );
        run(['--import'], revocation.replace(':-----BEGIN', '-----BEGIN'), SIGNED);
      },
      revokeSubkey(fingerprint) {
        const answers = 'key 1\nrevkey\ny\n0\n\ny\nsave\n';
        const asked = ['--no-tty', '--command-fd', '0', '--pinentry-mode', 'loopback'];
        run([...asked, '--edit-key', fingerprint], answers, SIGNED);
      },
      sign: (signers, digest = 'SHA256', options = []) =>
        run(
          [
            ...['--clearsign', '--digest-algo', digest, '--allow-weak-key-signatures', ...options],
            ...signers.flatMap((signer) => ['--local-user', `${signer}!`]),
          ],
          TEXT,
          SIGNED,
        ),
      exported: () => run(['--armor', '--export']),
    };
  });

  async function verify(message: string, now = NOW): Promise<readonly string[]> {
    const keyring = await parseKeyring(gpg.exported());
    const { signers } = await verifyClearSigned(Buffer.from(message), keyring, now);
    return signers.map(({ fingerprint }) => fingerprint);
  }

  describe('reports why a signature does not count:', () => {
    it('a key that has expired', async () => {
      const key = gpg.make('Archive', 'ed25519', '20260101T000000');
      await expect(verify(gpg.sign([key]))).rejects.toMatchObject({
        code: 'ERR_NETBOOT_KEY_EXPIRED',
        message: `no acceptable signature: ${key} expired on 2026-01-01`,
      });
    });

    it('a key that is revoked', async () => {
      const key = gpg.make('Archive');
      const message = gpg.sign([key]);
      gpg.revoke(key);
      await expect(verify(message)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_KEY_REVOKED',
        message: `no acceptable signature: ${key} is revoked`,
      });
    });

    it('a subkey that is revoked', async () => {
      const key = gpg.make('Archive');
      const message = gpg.sign([gpg.addSubkey(key)]);
      expect(await verify(message)).toEqual([key]);
      gpg.revokeSubkey(key);
      await expect(verify(message)).rejects.toMatchObject({ code: 'ERR_NETBOOT_KEY_REVOKED' });
    });

    it('a key that is too short', async () => {
      const key = gpg.make('Archive', 'rsa1024');
      await expect(verify(gpg.sign([key]))).rejects.toMatchObject({
        code: 'ERR_NETBOOT_KEY_WEAK',
        message: `no acceptable signature: ${key} is a weak key (RSA of 1024 bits)`,
      });
    });

    it('a key of an algorithm that is no longer used', async () => {
      const key = gpg.make('Archive', 'dsa2048');
      await expect(verify(gpg.sign([key]))).rejects.toMatchObject({
        code: 'ERR_NETBOOT_KEY_WEAK',
        message: `no acceptable signature: ${key} is a weak key (DSA)`,
      });
    });

    it.each(['SHA1', 'RIPEMD160'])('a digest that is broken or old, %s', async (digest) => {
      const key = gpg.make('Archive', 'rsa2048');
      await expect(verify(gpg.sign([key], digest))).rejects.toMatchObject({
        code: 'ERR_NETBOOT_DIGEST_WEAK',
        message: expect.stringContaining(
          `${key} signed with a weak digest (${digest.slice(0, 4)}`,
        ) as string,
      });
    });

    it('a signature that has expired', async () => {
      const key = gpg.make('Archive');
      const message = gpg.sign([key], 'SHA256', ['--default-sig-expire', '1d']);
      await expect(verify(message)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
        message: expect.stringContaining('Signature is expired') as string,
      });
    });

    it('a key that is not in the keyring', async () => {
      const message = gpg.sign([gpg.make('Archive')]);
      const stranger = await parseKeyring(gpg.exported());
      const [key] = stranger.keys;
      const own = { keys: [] };
      await expect(verifyClearSigned(Buffer.from(message), own, NOW)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
        message: `no signature by a trusted key (signed by ${key!.fingerprint.slice(-16)})`,
      });
    });

    it('several keys, each with its own flaw', async () => {
      const expired = gpg.make('Old', 'ed25519', '20260101T000000');
      const weak = gpg.make('Short', 'rsa1024');
      await expect(verify(gpg.sign([expired, weak]))).rejects.toMatchObject({
        code: 'ERR_NETBOOT_KEY_EXPIRED',
        message: `no acceptable signature: ${expired} expired on 2026-01-01; ${weak} is a weak key (RSA of 1024 bits)`,
      });
    });
  });

  describe('a good signature counts', () => {
    it.each(['expired', 'revoked', 'weak'] as const)(
      'alongside one by a key that is %s',
      async (flaw) => {
        const good = gpg.make('Good');
        const other = gpg.make(
          'Other',
          flaw === 'weak' ? 'rsa1024' : 'ed25519',
          flaw === 'expired' ? '20260101T000000' : 'never',
        );
        const messages = [gpg.sign([good, other]), gpg.sign([other, good])];
        if (flaw === 'revoked') {
          gpg.revoke(other);
        }
        for (const message of messages) {
          expect(await verify(message)).toEqual([good]);
        }
      },
    );
  });

  it('verify no signature whose text has changed, in any order of good and expired keys', async () => {
    const good = gpg.make('Good');
    const expired = gpg.make('Old', 'ed25519', '20260101T000000');
    for (const signers of [[good], [expired], [expired, good], [good, expired]]) {
      const changed = gpg.sign(signers).replace('Codename: trixie', 'Codename: trixix');
      await expect(verify(changed)).rejects.toMatchObject({ code: 'ERR_NETBOOT_BAD_SIGNATURE' });
    }
  });
});
