import { randomBytes } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { issueToken } from '../installs/install-token.js';
import { maskSecrets } from './mask-secrets.js';

/**
 * Number of characters of a token before its signature: id, time and random bytes, which alone give no
 * access.
 */
const UNSIGNED = 22;
/** Minimum length of a useful part of a signature, in characters; no one could complete a shorter part. */
const USEFUL = 8;

function freshToken(): string {
  const install = { id: randomBytes(8).toString('hex'), key: randomBytes(32).toString('hex') };
  return issueToken('p', install, Date.now());
}

/** Returns true if a text shows a useful part of a token's signature. */
function shows(text: string, token: string): boolean {
  for (let start = UNSIGNED; start + USEFUL <= token.length; start++) {
    if (text.includes(token.slice(start, start + USEFUL))) {
      return true;
    }
  }
  return false;
}

describe('maskSecrets', () => {
  it('hides a token anywhere in a text, whatever is around it', () => {
    const around = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('/p/', '/i/', 'url=http://10.0.0.1:8069/p/', '%2Fp%2F', '\u{1b}[31m', '\n'),
    );
    fc.assert(
      fc.property(
        around,
        around,
        fc.constantFrom(freshToken(), freshToken()),
        (before, after, token) => {
          expect(shows(maskSecrets(`${before}${token}${after}`), token)).toBe(false);
        },
      ),
    );
  });

  it('hides what is left of a token that was truncated in a URL', () => {
    fc.assert(
      fc.property(fc.nat({ max: 43 }), fc.constantFrom('p', 'i'), (length, use) => {
        const token = freshToken();
        const line = `kernel: Command line: url=http://10.0.0.1:8069/${use}/${token.slice(0, length)}`;
        expect(shows(maskSecrets(line), token)).toBe(false);
      }),
    );
  });

  it('hides given secrets anywhere, and a command up to the end of its message', () => {
    const text = fc.string({ unit: 'binary' });
    const secret = fc.string({
      minLength: 4,
      unit: fc.constantFrom('a', 'X', 'Z', '0', '1', ' ', '!', '"', '$', '&', ';', '\n'),
    });
    fc.assert(
      fc.property(text, text, secret, (before, after, command) => {
        const told = maskSecrets(`${before}${command}${after}`, [command]);
        expect(told).not.toContain(command);
        const logged = `${before}running preseed command preseed/early_command: ${command}\n${after}`;
        expect(maskSecrets(logged)).toMatch(/command: \*{3}$/);
      }),
    );
  });

  it.each([
    [
      'preseed: running preseed command preseed/late_command: wget -q http://10.0.0.1/x && sh x\nmore',
      'preseed: running preseed command preseed/late_command: ***',
    ],
    ['debconf: --> SET passwd/user-password geheim', 'debconf: --> SET passwd/user-password: ***'],
    [
      'debconf: --> SET preseed/early_command sh /tmp/x',
      'debconf: --> SET preseed/early_command: ***',
    ],
    ['usermod -p $6$salt$abcdefghijkl ada', 'usermod -p *** ada'],
    ['wget http://ada:geheim@proxy:3128/x', 'wget http://***@proxy:3128/x'],
  ])('hides the secret in "%s"', (line, masked) => {
    expect(maskSecrets(line)).toBe(masked);
  });

  it.each([
    "INFO: Menu item 'partman-base' selected",
    'sda: UUID 0f6f7fa1-60b7-4ec1-a8b8-1e28e6b0f8a3',
    'linux-modules-6.12.43-amd64-di_6.12.43-1_amd64.udeb',
    'sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '--------------------[ cut here ]------------------------',
    'snd_hda_codec_generic_parse_auto_config',
  ])('leaves "%s" unchanged', (line) => {
    expect(maskSecrets(line)).toBe(line);
  });

  it('takes time linear in the length of a message', () => {
    const hostile = [
      '/p/'.repeat(2700),
      '/pass'.repeat(1600),
      'a_command'.repeat(900),
      'preseed command '.repeat(500),
      'http://'.repeat(1100),
      '$6$'.repeat(2700),
      'a'.repeat(8192),
    ];
    const { user: before } = process.cpuUsage();
    hostile.forEach((text) => maskSecrets(text));
    const { user: after } = process.cpuUsage();
    expect((after - before) / 1000).toBeLessThan(500);
  });
});
