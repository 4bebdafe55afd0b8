import { describe, expect, it } from 'vitest';

import { ownEntries } from './own-entries.js';
import { configSchema } from './schema.js';

const hash = 'A'.repeat(64);
const kernel = '/srv/vmlinuz';

function parsed(entries: unknown): ReturnType<typeof configSchema.safeParse> {
  return configSchema.safeParse({ menu: { entries } });
}

describe('menu.entries', () => {
  it('accepts memtest, local files and URLs with a hash', () => {
    const { menu } = configSchema.parse({
      menu: {
        entries: [
          'memtest',
          {
            id: 'rescue',
            title: 'Rescue',
            kernel: { url: 'https://files.example/vmlinuz', sha256: hash },
            initrds: [kernel, { path: '/srv/more', sha256: hash }],
            args: 'quiet',
          },
          { id: 'shell', title: 'Shell', loader: '/srv/shell.efi' },
        ],
      },
    });
    const sha256 = hash.toLowerCase();
    expect(ownEntries(menu.entries)).toMatchObject([
      { id: 'memtest', selection: { id: 'memtest', package: 'memtest86+' } },
      {
        id: 'rescue',
        title: 'Rescue',
        args: 'quiet',
        selection: {
          id: 'rescue',
          kernel: { url: 'https://files.example/vmlinuz', sha256 },
          initrds: [{ path: kernel }, { path: '/srv/more', sha256 }],
        },
      },
      { id: 'shell', args: '', selection: { id: 'shell', loader: { path: '/srv/shell.efi' } } },
    ]);
  });

  const entry = { id: 'x', title: 'X', kernel };
  it.each([
    ['memtst', 'expected memtest, or the keys id'],
    [{ ...entry, id: '../x' }, 'lower-case letters'],
    [{ ...entry, id: "x'; reboot" }, 'lower-case letters'],
    [{ ...entry, id: 'local' }, 'another meaning'],
    [{ ...entry, id: 'trixie-amd64-x' }, 'another meaning'],
    [{ ...entry, title: 'a\nDEFAULT b' }, 'printable ASCII'],
    [{ ...entry, title: 'a^b' }, 'printable ASCII'],
    [{ ...entry, args: 'a\nb' }, 'printable ASCII'],
    [{ id: 'x', title: 'X' }, 'either kernel or loader'],
    [{ ...entry, loader: kernel }, 'either kernel or loader'],
    [{ id: 'x', title: 'X', loader: kernel, args: 'a' }, 'belong to a kernel'],
    [{ ...entry, kernel: 'srv/x' }, 'absolute path'],
    [{ ...entry, kernel: { url: 'https://h/x' } }, 'a url needs sha256'],
    [{ ...entry, kernel: { url: 'https://h/x', path: '/x' } }, 'either path or url'],
    [{ ...entry, kernel: { sha256: hash } }, 'either path or url'],
    [{ ...entry, kernel: { url: 'ftp://h/x', sha256: hash } }, 'http or https'],
    [{ ...entry, kernel: { url: 'https://u:p@h/x', sha256: hash } }, 'without credentials'],
    [{ ...entry, kernel: { path: '/x', sha256: 'abc' } }, '64 hexadecimal'],
  ])('refuses %j', (item, message) => {
    const result = parsed([item]);
    expect(JSON.stringify(result.error?.issues)).toContain(message);
  });

  it('refuses a repeated id', () => {
    const result = parsed(['memtest', { ...entry, id: 'memtest' }]);
    expect(JSON.stringify(result.error?.issues)).toContain('menu.entries[0] has the same id');
  });
});
