import { describe, expect, it } from 'vitest';

import { fullMenu, serverMenu } from '../../../test/support/menus.js';
import { type LinuxEntry, type Menu } from '../../model/menu.js';
import { renderIpxe, safeRenderIpxe } from './render.js';

const linux: LinuxEntry = {
  type: 'linux',
  id: 'linux',
  label: 'Linux',
  kernel: '/linux',
  initrd: [],
  args: '',
};

function codes(menu: Partial<Menu>): string[] {
  return safeRenderIpxe({ title: '', items: [linux], ...menu }).findings.map(
    ({ severity, code, path }) => `${severity} ${code} ${path ?? ''}`,
  );
}

function lines(menu: Partial<Menu>): string[] {
  return renderIpxe({ title: '', items: [linux], ...menu }).split('\n');
}

describe('renderIpxe', () => {
  it('writes a server menu with URLs', () => {
    const resolve = (path: string): string => `http://10.0.0.1:8069${path}`;
    expect(renderIpxe(serverMenu, { resolve })).toBe(`#!ipxe

:..top
menu -- Debian network install
item --key 3 trixie-amd64-text Debian 13 amd64
item --gap --
item --key l local Boot from local disk
isset \${waited} && set clock 0 || set clock 30000
choose --default local --timeout \${clock} selected || set selected ..shell
iseq \${selected} local || set waited 1
goto \${selected}

:trixie-amd64-text
menu -- Debian 13 (trixie) amd64
item --key i trixie-amd64-text-install Install
item --key x trixie-amd64-text-expert Expert install
item trixie-amd64-text..back Back
choose selected || set selected ..top
goto \${selected}

:trixie-amd64-text..back
goto ..top

:trixie-amd64-text-install
imgfree
kernel http://10.0.0.1:8069/debian/trixie/20250803+deb13u7/amd64/text/linux initrd=initrd0 BOOTIF=01-\${netX/mac:hexhyp} vga=788 --- quiet || goto ..failed
initrd --name initrd0 http://10.0.0.1:8069/debian/trixie/20250803+deb13u7/amd64/text/initrd.gz || goto ..failed
boot || goto ..failed

:trixie-amd64-text-expert
imgfree
kernel http://10.0.0.1:8069/debian/trixie/20250803+deb13u7/amd64/text/linux initrd=initrd0 BOOTIF=01-\${netX/mac:hexhyp} priority=low vga=788 --- || goto ..failed
initrd --name initrd0 http://10.0.0.1:8069/debian/trixie/20250803+deb13u7/amd64/text/initrd.gz || goto ..failed
boot || goto ..failed

:local
iseq \${platform} pcbios && sanboot --no-describe --drive 0x80 || exit

:..failed
echo The entry could not be started; the menu returns in 10 seconds.
sleep 10 ||
goto ..top

:..shell
shell
goto ..top
`);
  });

  it('writes everything that iPXE supports and reports the rest', async () => {
    const result = safeRenderIpxe(fullMenu);
    await expect(result.ok ? result.text : '').toMatchFileSnapshot(
      '../../../test/goldens/full-menu.ipxe',
    );
    expect(result.findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'note not-shown',
      'warning not-appended',
      'note not-shown',
      'note not-shown',
      'note not-shown',
    ]);
  });

  it('returns to the enclosing menu', () => {
    const items: Menu['items'] = [
      {
        type: 'submenu',
        id: 'sub',
        label: 'Sub',
        items: [linux, { type: 'back', id: 'up', label: 'Up' }],
      },
    ];
    expect(lines({ items }).join('\n')).toContain(':up\ngoto ..top\n');
  });

  it('loads a shim before each kernel under UEFI, and continues if iPXE lacks the command', () => {
    const resolve = (path: string): string => `http://10.0.0.1${path}`;
    const items = [{ ...linux, initrd: ['/initrd'] }];
    const text = renderIpxe({ title: '', items }, { resolve, shim: '/ipxe/bootnetx64.efi' });
    expect(text).toContain(
      [
        ':linux',
        'imgfree',
        'iseq ${platform} efi && shim http://10.0.0.1/ipxe/bootnetx64.efi ||',
        'kernel http://10.0.0.1/linux initrd=initrd0 || goto ..failed',
        'initrd --name initrd0 http://10.0.0.1/initrd || goto ..failed',
      ].join('\n'),
    );
    expect(renderIpxe({ title: '', items })).not.toContain('shim');
  });

  it('takes time in proportion to the size of a menu with many items left out', () => {
    const idReads = (count: number): number => {
      let reads = 0;
      const lost = {
        type: 'syslinux',
        label: 'H',
        directive: 'com32',
        file: 'hdt.c32',
        args: '',
      } as const;
      const items = Array.from({ length: count }, (_, index): Menu['items'][number] => ({
        type: 'submenu',
        id: `menu-${index}`,
        label: 'Menu',
        defaultId: `linux-${index}`,
        items: [
          { ...linux, id: `linux-${index}` },
          {
            ...lost,
            get id() {
              reads += 1;
              return `lost-${index}`;
            },
          },
        ],
      }));
      renderIpxe({ title: '', items });
      return reads;
    };
    expect(idReads(2000) / idReads(200)).toBeLessThan(12);
  });

  it('selects nothing in a submenu whose default is left out', () => {
    const gone = {
      type: 'syslinux',
      id: 'h',
      label: 'H',
      directive: 'com32',
      file: 'h.c32',
    } as const;
    const items: Menu['items'] = [
      {
        type: 'submenu',
        id: 'sub',
        label: 'Sub',
        defaultId: 'h',
        items: [{ ...gone, args: '' }, { type: 'separator', label: 'x' }, linux],
      },
    ];
    expect(lines({ items })).not.toContain('choose --default h selected || set selected ..top');
    expect(lines({ items })).toContain('choose selected || set selected ..top');
  });

  it('shows a hidden menu only after a key', () => {
    const settings = { hidden: true, timeoutSeconds: 5 };
    const prompt = 'prompt --timeout 5000 Press any key for the menu && goto ..top ||';
    expect(lines({ ...settings, defaultId: 'linux' })).toEqual(
      expect.arrayContaining([prompt, 'goto linux']),
    );
    expect(lines(settings).slice(1, 4)).toEqual([prompt, 'goto linux', '']);
    const idle = { ...settings, items: [{ type: 'separator' as const }, linux] };
    expect(lines(idle).join('\n')).not.toContain('prompt');
    expect(lines({ hidden: true }).join('\n')).not.toContain('prompt');
  });

  it('uses the screen size of the menu for its picture', () => {
    const theme = { background: '/splash.png' };
    expect(lines({ theme, resolution: { width: 800, height: 600 } })).toContain(
      'console --x 800 --y 600 --picture /splash.png ||',
    );
    expect(lines({ theme: { background: '#ff000000' } }).join('\n')).not.toContain('console');
  });

  it('has no shell when editing is not allowed', () => {
    const text = lines({ allowEditing: false }).join('\n');
    expect(text).not.toContain('shell');
    expect(text).toContain('|| set selected ..top');
  });

  it('refuses words that iPXE cannot express', () => {
    for (const args of ['a || b', 'a && b', 'a ; b', '#a', 'x=${net0/mac}']) {
      const items = [{ ...linux, args }];
      expect(codes({ items })).toEqual([
        'warning inexpressible-word items[0]',
        'error nothing-left items',
      ]);
    }
    for (const args of ['a||b', 'a;b', 'a#b', '${', '$x']) {
      expect(codes({ items: [{ ...linux, args }] })).toEqual([]);
    }
    expect(codes({ items: [{ ...linux, args: 'a  b' }] })).toEqual([
      'note collapsed-blanks items[0].args',
    ]);
  });

  it('keeps a backslash from joining two lines', () => {
    expect(codes({ items: [{ ...linux, id: 'a\\' }] })).toEqual([
      'warning inexpressible-word items[0]',
      'error nothing-left items',
    ]);
    expect(lines({ items: [{ ...linux, label: 'A\\' }] })).toContain('item linux A\\ #');
  });

  it.each([' ', '\u00A0', '\u2003'])('keeps the blank %j after a backslash', (blank) => {
    const title = `Boot \\${blank}`;
    const separator = { type: 'separator', label: `end \\${blank}` } as const;
    const rendered = lines({ title, items: [linux, separator] });
    const end = blank === ' ' ? '\\ #' : `\\${blank}`;
    expect(rendered).toContain(`menu -- Boot ${end}`);
    expect(rendered).toContain(`item --gap -- end ${end}`);
    expect(rendered.some((line) => line.endsWith('\\'))).toBe(false);
  });

  it('leaves out items that it cannot check or start, and has no shell with a master password', () => {
    const items = [
      linux,
      { ...linux, id: 'locked', passwordHash: '$6$salt$hash' },
      { type: 'syslinux', id: 'hdt', label: 'H', directive: 'com32', file: 'hdt.c32', args: '' },
    ] as const;
    expect(codes({ items })).toEqual(['warning left-out items[1]', 'warning left-out items[2]']);
    expect(codes({ masterPasswordHash: '$6$salt$hash' })).toEqual([
      'warning master-password masterPasswordHash',
    ]);
  });

  it('cleans an invalid menu, and leaves out file names that it cannot write', () => {
    expect(codes({ title: '\n' })).toEqual(['warning control-character title']);
    for (const name of ['', 'a b', '-x']) {
      const result = safeRenderIpxe({ title: '', items: [linux] }, { resolve: () => name });
      expect(result).toMatchObject({
        ok: false,
        findings: [{ code: 'unusable-file-name' }, { code: 'nothing-left' }],
      });
    }
  });
});
