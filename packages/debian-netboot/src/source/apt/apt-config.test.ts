import { describe, expect, it } from 'vitest';

import { aptConfig, aptDirectories, aptSources } from './apt-config.js';

describe('apt config', () => {
  it('requests the package list once, whatever the architectures', () => {
    expect(aptSources({ name: 'trixie', uri: 'http://mirror.example/debian', components: [] }))
      .toBe(`Types: deb
URIs: http://mirror.example/debian
Suites: trixie
Components: main
Architectures: amd64
Targets: Packages InstallerList
`);
  });

  it.each([
    'http://m/\nTrusted: yes',
    'http://m/\r',
    'http://m/ http://other/',
    '',
    'http://m/\u0085',
  ])('refuses a mirror that would add lines to its file: %j', (uri) => {
    expect(() => aptSources({ name: 'trixie', uri, components: [] })).toThrow(
      expect.objectContaining({ code: 'ERR_NETBOOT_INVALID_MIRROR' }) as Error,
    );
  });

  it('keeps running as root, since no other user may enter a private store', () => {
    const directories = aptDirectories(
      '/var/lib/a store/work/apt',
      '/var/lib/a store/work/apt/session-1',
    );
    expect(aptConfig(directories, true)).toContain('APT::Sandbox::User "root";');
    expect(aptConfig(directories, false)).not.toContain('Sandbox');
    expect(aptConfig(directories, false)).toContain('"/var/lib/a store/work/apt/state"');
  });

  it.each(['/var/"/apt', '/var/\n/apt'])(
    'refuses a directory that apt cannot express: %j',
    (path) => {
      expect(() => aptConfig(aptDirectories(path, path), false)).toThrow(
        expect.objectContaining({ code: 'ERR_NETBOOT_APT_FAILED' }) as Error,
      );
    },
  );
});
