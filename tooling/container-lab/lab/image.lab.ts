import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, inject, it } from 'vitest';

import { runCommand } from '@pxe/lab-host';

const { config, rootfs } = inject('image');

describe('the image', () => {
  it('runs node, as a user given by number, until SIGTERM', () => {
    expect(config).toMatchObject({
      User: '65532:65532',
      Entrypoint: ['/usr/local/bin/node', '--enable-source-maps', '/app/dist/main.js'],
      Cmd: ['serve'],
      StopSignal: 'SIGTERM',
      Healthcheck: { Test: ['CMD', '/usr/local/bin/node', '/app/dist/main.js', 'health'] },
    });
    expect(Object.keys(config.ExposedPorts).sort()).toEqual([
      '5514/udp',
      '69/udp',
      '8069/tcp',
      '9069/tcp',
    ]);
  });

  it('says what it is', () => {
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'pxeboot',
      'org.opencontainers.image.licenses': 'MIT',
      'org.opencontainers.image.version': '0.0.0-lab',
      'org.opencontainers.image.revision': 'lab',
    });
  });

  it('has a node that may bind port 69, and no other program with such a right', async () => {
    const found = await runCommand('getcap', ['-r', rootfs]);
    expect(found.trim()).toBe(`${rootfs}/usr/local/bin/node cap_net_bind_service=ep`);
  });

  it('has no set-user-id program', async () => {
    const found = await runCommand('find', [rootfs, '-xdev', '-perm', '/6000', '-type', 'f']);
    expect(found).toBe('');
  });

  it('has no shell of its own, no npm and no build tools', async () => {
    expect(await readdir(join(rootfs, 'usr/local/bin'))).toEqual(['node']);
    const modules = await readdir(join(rootfs, 'app/node_modules/.pnpm'));
    expect(modules.filter((name) => /^(?:typescript|tsup|esbuild|vitest)@/.test(name))).toEqual([]);
  });

  it("leaves the daemon's files to root, and its data to its user", async () => {
    expect((await stat(join(rootfs, 'app/dist/main.js'))).uid).toBe(0);
    const data = await lstat(join(rootfs, 'var/lib/pxeboot'));
    expect([data.uid, data.gid, await readdir(join(rootfs, 'var/lib/pxeboot'))]).toEqual([
      65532,
      65532,
      [],
    ]);
  });
});
