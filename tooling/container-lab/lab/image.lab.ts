import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, inject, it } from 'vitest';

import { runCommand } from '@pxe/lab-host';

const { config, rootfs, layerSizes } = inject('image');

/** Maximum download size of the image, in bytes. */
const MAX_COMPRESSED_BYTES = 70_000_000;

describe('the image', () => {
  it('runs node, as a user given by number, until SIGTERM', () => {
    expect(config).toMatchObject({
      User: '65532:65532',
      Entrypoint: ['/usr/local/bin/node', '/app/dist/main.cjs'],
      Cmd: ['serve'],
      StopSignal: 'SIGTERM',
      Healthcheck: { Test: ['CMD', '/usr/local/bin/pxeboot-health'] },
    });
    expect(Object.keys(config.ExposedPorts).sort()).toEqual([
      '5514/udp',
      '69/udp',
      '8069/tcp',
      '9069/tcp',
    ]);
  });

  it('has labels with its name, licence, version and revision', () => {
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'pxeboot',
      'org.opencontainers.image.licenses': 'MIT',
      'org.opencontainers.image.version': '0.0.0-lab',
      'org.opencontainers.image.revision': 'lab',
    });
  });

  it('lets node bind port 69, and gives no other program such a right', async () => {
    const found = await runCommand('getcap', ['-r', rootfs]);
    expect(found.trim()).toBe(`${rootfs}/usr/local/bin/node cap_net_bind_service=ep`);
  });

  it('has no set-user-id program', async () => {
    const found = await runCommand('find', [rootfs, '-xdev', '-perm', '/6000', '-type', 'f']);
    expect(found).toBe('');
  });

  it('is a download of at most 70 MB', () => {
    // The base is a stand-in, and larger than the real one: it has the documentation of its packages.
    const megabytes = layerSizes.map((size) => (size / 1e6).toFixed(1));
    const total = layerSizes.reduce((sum, size) => sum + size, 0);
    console.log(`compressed: ${(total / 1e6).toFixed(1)} MB, by layer: ${megabytes.join(', ')}`);
    expect(total).toBeLessThan(MAX_COMPRESSED_BYTES);
  });

  it('has no shell, no npm, and no packages but those with native code', async () => {
    expect((await readdir(join(rootfs, 'usr/local/bin'))).sort()).toEqual([
      'node',
      'pxeboot',
      'pxeboot-health',
    ]);
    const shells = ['-regex', '.*/\\(sh\\|ash\\|bash\\|dash\\|busybox\\)'];
    expect(await runCommand('find', [rootfs, '-xdev', ...shells])).toBe('');
    expect((await readdir(join(rootfs, 'app/node_modules'))).sort()).toEqual([
      '@libsql',
      '@neon-rs',
      '@pxe',
      'detect-libc',
      'libsql',
    ]);
  });

  it('has the program from the Debian package, with the licences of what it contains', async () => {
    const files = await runCommand('find', [join(rootfs, 'app'), '-type', 'f', '-printf', '%f\n']);
    expect(files.split('\n').filter((name) => /\.(?:map|ts)$/.test(name))).toEqual([]);
    const licences = await readFile(join(rootfs, 'app/licences'), 'utf8');
    expect(licences).toMatch(/^fastify \d+\.\d+\.\d+ \(MIT\)$/m);
    expect(licences).toContain('GNU LESSER GENERAL PUBLIC LICENSE');
    const packages = licences
      .split('\n')
      .flatMap((line) => /^\S+ \d+\.\d+\.\d\S*(?= \(|$)/.exec(line.trim())?.[0] ?? []);
    expect(packages).toEqual([...new Set(packages)]);
  });

  it('checks its health with a small program of its own, which needs no library', async () => {
    const program = join(rootfs, 'usr/local/bin/pxeboot-health');
    expect((await stat(program)).size).toBeLessThan(1_500_000);
    const headers = await runCommand('readelf', ['--program-headers', program]);
    expect(headers).toContain('LOAD');
    expect(headers).not.toContain('INTERP');
  });

  it("leaves the daemon's files to root, and its data to its user", async () => {
    expect((await stat(join(rootfs, 'app/dist/main.cjs'))).uid).toBe(0);
    const data = await lstat(join(rootfs, 'var/lib/pxeboot'));
    expect([data.uid, data.gid, await readdir(join(rootfs, 'var/lib/pxeboot'))]).toEqual([
      65532,
      65532,
      [],
    ]);
  });
});
