import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { runPxeboot } from './support/pxeboot-command.js';
import { TEST_STORE } from './support/test-store.js';

describe('pxeboot menu check', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-menu-'));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  it('reads included files and accepts a valid menu', async () => {
    await writeFile(join(directory, 'default'), 'INCLUDE more.cfg\nDEFAULT a\n');
    await writeFile(join(directory, 'more.cfg'), 'LABEL a\n  LOCALBOOT 0\n');
    const { stdout, code } = await runPxeboot(['menu', 'check', join(directory, 'default')]);
    expect(stdout).toMatch(/4 lines, .* no errors/);
    expect(code).toBe(0);
  });

  it('reports problems with their positions', async () => {
    const file = join(directory, 'bad');
    await writeFile(file, `DEFAULT nowhere\nLABEL a\n  LINUX linux\nLABEL a\n  LINUX other\n`);
    const { stdout } = await runPxeboot(['menu', 'check', file]);
    expect(stdout).toMatch(/bad:4:\d+: .*\ba\b/);
  });

  it('reads a file by the rules of U-Boot on request', async () => {
    const file = join(directory, 'extlinux.conf');
    await writeFile(file, 'MENU TITLE T\nTIMEOUT 30\nLABEL a b\n  KERNEL /v-5.0\n');
    const { stdout, code } = await runPxeboot(['menu', 'check', file, '--loader', 'u-boot']);
    expect(stdout).toContain("starts with: U-Boot's menu\n");
    expect(code).toBe(0);
  });

  it('reports an unreadable file', async () => {
    const { stderr, code } = await runPxeboot(['menu', 'check', join(directory, 'none')]);
    expect(stderr).toMatch(/^pxeboot: cannot read .*none: this file does not exist \(ENOENT\)$/m);
    expect(code).toBe(4);
  });
});

describe('pxeboot menu convert', () => {
  it('keeps the bytes of other encodings, and passwords in URLs', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pxeboot-menu-'));
    const file = join(directory, 'default');
    const text = 'UI menu.c32\nLABEL a\n  MENU LABEL \xe9t\x82\n  LINUX http://me:secret@h/v\n';
    await writeFile(file, Buffer.from(text, 'latin1'));
    const converted = await runPxeboot(['menu', 'convert', file, '--to', 'syslinux'], {
      encoding: 'latin1',
    });
    expect(converted.stdout).toContain('  MENU LABEL \xe9t\x82\n  LINUX http://me:secret@h/v\n');
    await rm(directory, { recursive: true });
  });

  it('reports losses, as menu show does', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pxeboot-menu-'));
    const file = join(directory, 'default');
    await writeFile(file, 'UI menu.c32\nLABEL a\n  LINUX v\nLABEL hw\n  COM32 hdt.c32\n');
    for (const args of [
      ['convert', file, '--to', 'grub'],
      ['show', file, '--as', 'grub'],
    ]) {
      const { stdout, stderr, code } = await runPxeboot(['menu', ...args]);
      expect(stdout).toMatch(/^set timeout=-1\nmenuentry 'a' [\s\S]*\n\}\n$/);
      expect(stderr).toMatch(/"hw" is left out: only syslinux can start it/);
      expect(code).toBe(0);
    }
    await rm(directory, { recursive: true });
  });
});

describe.skipIf(lacks('apt-get'))('pxeboot menu show', { timeout: 300_000 }, () => {
  const show = async (...args: string[]) =>
    runPxeboot(['menu', 'show', '--data-dir', TEST_STORE, ...args]);

  it.each([
    ['syslinux', /^ +LINUX http:\/\/192\.0\.2\.9:8069\/debian\/trixie\//m],
    ['grub', /^ +linux "\(http,192\.0\.2\.9:8069\)\/m\/\$\{net_default_mac\}\/debian\/trixie\//m],
    [
      'ipxe',
      /^#!ipxe\n[\s\S]*http:\/\/192\.0\.2\.9:8069\/m\/\$\{netX\/mac:hexhyp\}\/\$\{uuid\}\/debian\/trixie\//,
    ],
    ['svg', /^<svg [\s\S]*width="640" height="480"[\s\S]*data:image\/png/],
    ['ansi', /Debian 13 \(trixie\) amd64, text installer/],
  ])('as %s', async (form, pattern) => {
    const { stdout, stderr, code } = await show('--as', form, '--address', '192.0.2.9');
    expect(stderr).toBe('');
    expect(stdout).toMatch(pattern);
    expect(code).toBe(0);
  });

  it('prints no colours into a pipe', async () => {
    const { stdout, stderr } = await show();
    expect(stderr).toBe('');
    expect(stdout).toMatch(/Debian 13 \(trixie\) amd64, text installer/);
    expect(stdout).not.toContain('\u001b');
  });

  it('reports missing images for another architecture', async () => {
    const { stderr, code } = await show('--as', 'grub', '--arch', 'arm64');
    expect(stderr).toMatch(/has no GRUB for arm64/);
    expect(code).toBe(4);
  });
});
