import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { grubPaths, renderGrub, safeRenderGrub } from '../src/dialects/grub/index.js';
import { type Menu, type MenuItem, renderSyslinux } from '../src/index.js';
import { anyMenu } from './support/arbitraries.js';
import { fullMenu, serverMenu } from './support/menus.js';

const resolve = grubPaths({ protocol: 'http', host: '10.0.0.1', port: 8069 });

/** Returns the complaints of grub-script-check about a script; empty for a valid one. */
function scriptCheck(script: string): string {
  const { status, stderr } = spawnSync('grub-script-check', { input: script, encoding: 'utf8' });
  return status === 0 ? '' : stderr;
}

describe.skipIf(lacks('grub-script-check'))('grub-script-check', () => {
  it('accepts rendered menus', () => {
    for (const menu of [serverMenu, fullMenu]) {
      expect(scriptCheck(renderGrub(menu, { resolve }))).toBe('');
    }
  });

  it('accepts any menu, hundreds of them in one script', () => {
    const scripts = fc
      .sample(anyMenu, { numRuns: 300, seed: 13 })
      .flatMap((menu) => [unlocked(menu), unsigned(unlocked(menu))])
      .map((menu) => safeRenderGrub(menu, { resolve }))
      .flatMap((result) => (result.ok ? [result.text] : []));
    expect(scripts.length).toBeGreaterThan(200);
    expect(scripts.join('')).toContain('if [ "$lockdown" != y ]');
    expect(scriptCheck(scripts.join(''))).toBe('');
  });

  it('would find a missing quote', () => {
    expect(scriptCheck("menuentry 'a'b' {\n}\n")).not.toBe('');
  });
});

describe.skipIf(lacks('grub-fstest'))('grub-fstest', () => {
  it('opens a file whose name begins with a parenthesis', () => {
    const directory = mkdtempSync(join(tmpdir(), 'grub-fstest-'));
    try {
      mkdirSync(join(directory, '(old)'));
      writeFileSync(join(directory, '(old)/f'), 'found');
      const image = join(directory, 'image.tar');
      execFileSync('tar', ['-C', directory, '-cf', image, '(old)']);
      const name = grubPaths()('(old)/f', 'kernel') ?? '';
      const { stdout } = spawnSync('grub-fstest', [image, 'cat', `(loop0)${name}`], {
        encoding: 'utf8',
      });
      expect(stdout).toContain('found');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe.skipIf(lacks('grub-syslinux2cfg'))('grub-syslinux2cfg', () => {
  it('finds the labels, kernels and arguments of a menu without submenus in the same order', () => {
    // grub-syslinux2cfg mangles URLs and LOCALBOOT, so the menu has neither.
    const items = Array.from({ length: 12 }, (_value, index): MenuItem => ({
      type: 'linux',
      id: `entry-${index}`,
      label: `Entry number ${index}`,
      hotkey: index === 0 ? 'n' : 'E',
      kernel: `/debian/${index}/linux`,
      initrd: [`/debian/${index}/initrd.gz`],
      args: `vga=788 priority=low n=${index} --- quiet`,
    })).map((item, index) => (index < 2 || item.type !== 'linux' ? item : plain(item)));
    const menu: Menu = { title: 'Flat', defaultId: 'entry-3', timeoutSeconds: 5, items };
    const text = renderSyslinux(menu, { ui: 'menu.c32' });
    const directory = mkdtempSync(join(tmpdir(), 'syslinux-menu-'));
    const file = join(directory, 'default');
    writeFileSync(file, text);
    const args = ['--pxelinux', '--root', directory, file];
    const grubConfig = execFileSync('grub-syslinux2cfg', args, { encoding: 'utf8' });
    rmSync(directory, { recursive: true });
    const entries = [...grubConfig.matchAll(/menuentry '([^']*)'[^{]*\{([^}]*)\}/g)].map(
      ([, title = '', body = '']) => ({
        title,
        linux: unquoted(/^ *linux\S* ([^\n]*)/m.exec(body)?.[1]),
        initrd: unquoted(/^ *initrd\S* ([^\n]*)/m.exec(body)?.[1]),
      }),
    );
    expect(entries).toEqual(
      items.map((item, index) => ({
        title: item.type === 'linux' ? item.label : '',
        linux: `/debian/${index}/linux vga=788 priority=low n=${index} --- quiet`,
        initrd: `/debian/${index}/initrd.gz`,
      })),
    );
  });
});

/**
 * Returns the words of grub-syslinux2cfg in our form: its paths are quoted in pieces and begin with more
 * slashes.
 */
function unquoted(words: string | undefined): string | undefined {
  return words?.replaceAll("'", '').replace(/^\/+/, '/').trim();
}

/**
 * Returns the menu without the properties that make GRUB leave out entries: foreign password hashes and
 * `disabled`.
 */
function unlocked(menu: Menu): Menu {
  const dropped = ['passwordHash', 'masterPasswordHash', 'disabled'];
  return JSON.parse(
    JSON.stringify(menu, (key, value: unknown) => (dropped.includes(key) ? undefined : value)),
  ) as Menu;
}

/** Returns the menu with files that Secure Boot refuses. */
function unsigned(menu: Menu): Menu {
  return JSON.parse(
    JSON.stringify(menu, (_key, value: unknown) =>
      typeof value === 'object' && value !== null && ('kernel' in value || 'program' in value)
        ? { ...value, isUnsignedEfi: true }
        : value,
    ),
  ) as Menu;
}

function plain({ hotkey: _hotkey, ...item }: Extract<MenuItem, { type: 'linux' }>): MenuItem {
  return item;
}
