import { describe, expect, it } from 'vitest';

import { checkRedirect, distanceOf, isNearer } from './redirect-policy.js';

const PUBLIC = new URL('http://151.101.2.132/debian/dists/trixie/InRelease');
const PRIVATE = new URL('http://192.168.1.5/debian/dists/trixie/InRelease');

describe('distanceOf', () => {
  it.each([
    ...['127.0.0.1', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1', '2002:7f00:1::'],
    ...['64:ff9b::127.0.0.1', '127.255.255.254', '0.1.2.3'],
  ])('is host for %s', (address) => {
    expect(distanceOf(address)).toBe('host');
  });

  it.each(['169.254.169.254', 'fe80::1', 'fe80::1%eth0', '::ffff:169.254.169.254'])(
    'is link for %s',
    (address) => {
      expect(distanceOf(address)).toBe('link');
    },
  );

  it.each([
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    'fd00::1',
    '::ffff:c0a8:1',
    '192.0.0.8',
    '198.18.0.1',
    '198.19.255.255',
    '224.0.0.1',
    '239.255.255.250',
    '255.255.255.255',
    '64:ff9b::a00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::c612:1',
    '64:ff9b:1::808:808',
    '2001:2::1',
    '2002:e000:1::',
    '::ffff:224.0.0.1',
    'fec0::1',
    'ff02::1',
    'ff0e::1%eth0',
  ])('is private for %s', (address) => {
    expect(distanceOf(address)).toBe('private');
  });

  it.each([
    '151.101.2.132',
    '172.32.0.1',
    '198.20.0.1',
    '223.255.255.254',
    '2a04:4e42::644',
    '2001:3::1',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ])('is public for %s', (address) => {
    expect(distanceOf(address)).toBe('public');
  });
});

describe('isNearer', () => {
  it('orders distances', () => {
    expect(isNearer('host', 'link')).toBe(true);
    expect(isNearer('link', 'private')).toBe(true);
    expect(isNearer('private', 'public')).toBe(true);
    expect(isNearer('private', 'private')).toBe(false);
    expect(isNearer('public', 'host')).toBe(false);
  });
});

describe('checkRedirect', () => {
  it.each([
    ['a loopback address', 'http://127.0.0.1:8080/'],
    ['a loopback address written as a number', 'http://2130706433/'],
    ['a loopback name', 'http://localhost/'],
    ['an IPv6 loopback address', 'http://[::1]/'],
    ['a cloud’s metadata service', 'http://169.254.169.254/latest/meta-data'],
    ['a private address', 'http://10.0.0.1/admin'],
  ])('refuses a redirect from a public mirror to %s', async (_what, target) => {
    await expect(checkRedirect(PUBLIC, PUBLIC, new URL(target))).rejects.toMatchObject({
      code: 'ERR_NETBOOT_FORBIDDEN_REDIRECT',
    });
  });

  it.each([
    ['this host', 'http://127.0.0.1:9069/api/v1/machines'],
    ['this host by its name', 'http://localhost:9069/api/v1/machines'],
    ['this host by its unspecified address', 'http://0.0.0.0:9069/'],
    ['this host by its IPv6 address', 'http://[::1]:9069/'],
    ['a cloud’s metadata service', 'http://169.254.169.254/latest/meta-data'],
  ])('refuses a redirect from a mirror in a private network to %s', async (_what, target) => {
    await expect(checkRedirect(PRIVATE, PRIVATE, new URL(target))).rejects.toMatchObject({
      code: 'ERR_NETBOOT_FORBIDDEN_REDIRECT',
    });
  });

  it.each(['http://10.0.0.1/debian', 'http://192.168.1.5:8080/', 'http://151.101.66.132/debian'])(
    'lets a mirror in a private network redirect to %s',
    async (target) => {
      await expect(checkRedirect(PRIVATE, PRIVATE, new URL(target))).resolves.toBe('private');
    },
  );

  it('lets a mirror on this host redirect to every address', async () => {
    const local = new URL('http://localhost:3142/debian/');
    for (const target of ['http://127.0.0.1/', 'http://169.254.1.1/', 'http://10.0.0.1/']) {
      await expect(checkRedirect(local, local, new URL(target))).resolves.toBe('host');
    }
  });

  it('lets a public mirror redirect to another one, and from http to https', async () => {
    await expect(
      checkRedirect(PUBLIC, PUBLIC, new URL('https://151.101.66.132/debian')),
    ).resolves.toBe('public');
  });

  it.each(['http://151.101.66.132/', 'file:///etc/passwd', 'ftp://151.101.66.132/'])(
    'refuses a redirect from https to %s',
    async (target) => {
      const from = new URL('https://151.101.2.132/');
      await expect(checkRedirect(from, from, new URL(target))).rejects.toMatchObject({
        code: 'ERR_NETBOOT_FORBIDDEN_REDIRECT',
      });
    },
  );
});
