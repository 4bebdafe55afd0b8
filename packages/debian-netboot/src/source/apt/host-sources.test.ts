import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { hostSourceFor } from './apt-lists.js';
import { type HostSource, parseDeb822Sources, parseOneLineSources } from './host-sources.js';

const DEB822 = `# Made by the installer
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://disabled.example/debian
Suites: trixie
Components: main

Types: deb-src
URIs: http://sources.example/debian
Suites: trixie
Components: main

Types: deb
URIs:
 http://one.example/debian/
 http://two.example/debian/
Suites: sid
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
`;

describe('host sources', () => {
  describe('.sources files', () => {
    it('are parsed according to sources.list(5)', () => {
      const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
      expect(parseDeb822Sources(DEB822)).toEqual([
        {
          uri: 'http://mirror.example/debian',
          suite: 'bookworm',
          components: ['main', 'non-free-firmware'],
          signedBy: [keyring],
        },
        {
          uri: 'http://mirror.example/debian',
          suite: 'bookworm-updates',
          components: ['main', 'non-free-firmware'],
          signedBy: [keyring],
        },
        {
          uri: 'http://security.example/debian-security',
          suite: 'bookworm-security',
          components: ['main'],
          signedBy: [],
        },
        { uri: 'http://one.example/debian/', suite: 'sid', components: ['main'], signedBy: [] },
        { uri: 'http://two.example/debian/', suite: 'sid', components: ['main'], signedBy: [] },
      ]);
    });
  });

  describe('.list files', () => {
    it.each<[string, HostSource[]]>([
      [
        'deb http://mirror.example/debian trixie main contrib',
        [
          {
            uri: 'http://mirror.example/debian',
            suite: 'trixie',
            components: ['main', 'contrib'],
            signedBy: [],
          },
        ],
      ],
      [
        'deb [ arch=amd64 signed-by=/etc/apt/keyrings/a.gpg,/etc/apt/keyrings/b.gpg ] mirror+file:/etc/apt/m trixie main # ours',
        [
          {
            uri: 'mirror+file:/etc/apt/m',
            suite: 'trixie',
            components: ['main'],
            signedBy: ['/etc/apt/keyrings/a.gpg', '/etc/apt/keyrings/b.gpg'],
          },
        ],
      ],
      [
        'deb [signed-by=ABCDEF] http://x/ flat/',
        [{ uri: 'http://x/', suite: 'flat/', components: [], signedBy: [] }],
      ],
      ['deb-src http://mirror.example/debian trixie main', []],
      ['# deb http://mirror.example/debian trixie main', []],
      ['deb http://mirror.example/debian', []],
      ['', []],
    ])('%j', (text, sources) => {
      expect(parseOneLineSources(text)).toEqual(sources);
    });
  });

  describe('the source for a suite', () => {
    const mirror = (suite: string, uri = 'http://mirror.example/debian'): HostSource => ({
      uri,
      suite,
      components: ['main'],
      signedBy: [],
    });

    it('is the entry that names it, by codename or alias', () => {
      const own = mirror('trixie', 'http://own.example/debian/');
      expect(hostSourceFor('trixie', [mirror('bookworm'), own])).toBe(own);
      const alias = mirror('stable', 'http://own.example/debian/');
      expect(hostSourceFor('trixie', [mirror('bookworm'), alias])).toBe(alias);
    });

    it('is the entry for another suite, since a mirror has all suites', () => {
      const other = mirror('bookworm');
      expect(hostSourceFor('trixie', [mirror('bookworm-updates'), other])).toBe(other);
    });

    it('is recognised by its keyring, at any URL', () => {
      const odd = {
        ...mirror('bookworm', 'https://cache.example/linux/'),
        signedBy: ['/usr/share/keyrings/debian-archive-keyring.gpg'],
      };
      expect(hostSourceFor('trixie', [odd])).toBe(odd);
    });

    it.each([
      ['of other archives that use the same names', mirror('bookworm', 'http://x.example/linux')],
      ['of the security archive', mirror('bookworm-security', 'http://x.example/debian-security')],
      ['without main', { ...mirror('bookworm'), components: ['contrib'] }],
    ])('is never an entry %s', (_what, source) => {
      expect(hostSourceFor('trixie', [source])).toBeUndefined();
    });
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseDeb822Sources(text);
        parseDeb822Sources(`Types: deb\nURIs: ${text}\nSuites: x\n`);
        parseOneLineSources(text);
        parseOneLineSources(`deb ${text}`);
      }),
    );
  });
});
