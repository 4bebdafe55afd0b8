import { describe, expect, it } from 'vitest';

import { fullMenu, serverMenu } from '../../../test/support/menus.js';
import { type LinuxEntry, type Menu, type MenuItem } from '../../model/menu.js';
import { localBoot } from './local-boot.js';
import { grubPaths } from './paths.js';
import { renderGrub, safeRenderGrub } from './render.js';

const HASH = 'grub.pbkdf2.sha512.10000.AB12.CD34';

const linux: LinuxEntry = {
  type: 'linux',
  id: 'linux',
  label: 'Linux',
  kernel: '/linux',
  initrd: [],
  args: '',
};

function codes(menu: Partial<Menu>): string[] {
  return safeRenderGrub({ title: '', items: [linux], ...menu }).findings.map(
    ({ severity, code, path }) => `${severity} ${code} ${path ?? ''}`,
  );
}

function lines(menu: Partial<Menu>, theme?: string): string[] {
  const options = theme === undefined ? {} : { theme };
  return renderGrub({ title: '', items: [linux], ...menu }, options).split('\n');
}

describe('renderGrub', () => {
  it('writes a server menu with (http) paths', () => {
    const resolve = grubPaths({ protocol: 'http', host: '10.0.0.1', port: 8069 });
    expect(renderGrub(serverMenu, { resolve })).toBe(`set default='1'
set timeout=30
submenu 'Debian 13 amd64' --id 'trixie-amd64-text' --hotkey=3 {
  menuentry 'Install' --id 'trixie-amd64-text-install' --hotkey=i {
    echo 'Loading the kernel ...'
    linux (http,10.0.0.1:8069)/debian/trixie/20250803+deb13u7/amd64/text/linux BOOTIF=01-$net_default_mac vga=788 --- quiet
    echo 'Loading the initrd ...'
    initrd (http,10.0.0.1:8069)/debian/trixie/20250803+deb13u7/amd64/text/initrd.gz
  }
  menuentry 'Expert install' --id 'trixie-amd64-text-expert' --hotkey=x {
    echo 'Loading the kernel ...'
    linux (http,10.0.0.1:8069)/debian/trixie/20250803+deb13u7/amd64/text/linux BOOTIF=01-$net_default_mac priority=low vga=788 ---
    echo 'Loading the initrd ...'
    initrd (http,10.0.0.1:8069)/debian/trixie/20250803+deb13u7/amd64/text/initrd.gz
  }
}
menuentry 'Boot from local disk' --id 'local' --hotkey=l {
${localBoot({ type: 'local', id: 'l', label: 'L' })
  .map((line) => `  ${line}\n`)
  .join('')}}
`);
  });

  it("starts the system on the disk: Debian's own configuration, other loaders, the firmware", () => {
    const local = lines({ items: [{ type: 'local', id: 'local', label: 'Disk' }] });
    const at = (line: string): number => local.findIndex((candidate) => candidate.includes(line));
    const order = [
      '$grub_platform',
      '(*,*)/EFI/debian/grub.cfg',
      '/EFI/debian/shimx64.efi',
      '/EFI/debian/shimaa64.efi',
      'chainloader',
      '  exit',
    ].map(at);
    expect(order).not.toContain(-1);
    expect(order.toSorted((a, b) => a - b)).toEqual(order);
    expect(local[at('x86_64')]).toMatch(/bootmgfw\.efi \/EFI\/BOOT\/BOOTX64\.EFI'; fi$/);
  });

  it('writes everything that GRUB supports and reports the rest', async () => {
    const result = safeRenderGrub(fullMenu);
    await expect(result.ok ? result.text : '').toMatchFileSnapshot(
      '../../../test/goldens/full-menu.grub',
    );
    expect(result.findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'warning left-out',
      'note not-shown',
      'warning not-appended',
      'note not-shown',
      'note not-shown',
      'note not-shown',
      'note not-shown',
      'note not-shown',
      'note not-shown',
      'note not-shown',
      'note rounded-timeout',
      'warning mangled-argument',
      'note hotkey-taken',
    ]);
  });

  it("locks items with GRUB's own hashes and leaves the rest open", () => {
    const items = [linux, { ...linux, id: 'a,b', passwordHash: HASH }];
    expect(lines({ items, masterPasswordHash: HASH })).toEqual([
      'set timeout=-1',
      "set superusers='master'",
      'export superusers',
      `password_pbkdf2 master ${HASH}`,
      `password_pbkdf2 a%2cb ${HASH}`,
      "menuentry 'Linux' --id 'linux' --unrestricted {",
      "  echo 'Loading the kernel ...'",
      '  linux /linux',
      '}',
      "menuentry 'Linux' --id 'a,b' --users a%2cb {",
      "  echo 'Loading the kernel ...'",
      '  linux /linux',
      '}',
      '',
    ]);
  });

  it('leaves out items that it cannot check or start, and reports them', () => {
    const items = [
      linux,
      { ...linux, id: 'locked', passwordHash: '$6$salt$hash' },
      { type: 'syslinux', id: 'hdt', label: 'H', directive: 'com32', file: 'hdt.c32', args: '' },
      {
        type: 'submenu',
        id: 'about',
        label: 'About',
        items: [
          { type: 'separator', label: 'Version 1' },
          { type: 'back', id: 'up', label: 'Up' },
        ],
      },
    ] as const;
    expect(codes({ items })).toEqual([
      'warning left-out items[1]',
      'warning left-out items[2]',
      'warning left-out items[3]',
      'note not-shown items[3].items[0]',
    ]);
    expect(lines({ items }).join('\n')).not.toMatch(/locked|hdt|about/);
    expect(codes({ masterPasswordHash: '$6$salt$hash' })).toEqual([
      'warning master-password masterPasswordHash',
    ]);
  });

  it('counts only shown items for the number of the default', () => {
    const items: Menu['items'] = [
      { type: 'separator' },
      linux,
      {
        type: 'submenu',
        id: 'sub',
        label: 'Sub',
        items: [
          { type: 'back', id: 'up', label: 'Up' },
          { ...linux, id: 'x' },
          { ...linux, id: 'y' },
        ],
      },
    ];
    expect(lines({ items, defaultId: 'y' })[0]).toBe("set default='1>1'");
  });

  it('sets up hidden menus, odd serial ports and plain colours', () => {
    expect(lines({ hidden: true, timeoutSeconds: 3, defaultId: 'linux' })).toContain(
      'set timeout_style=hidden',
    );
    expect(lines({ serial: { port: 0x2f8 } })).toContain('serial --port=0x2f8 --speed=9600');
    const colors = { sel: { foreground: '#ff000000' }, unsel: { foreground: '#ff55ffff' } };
    expect(lines({ theme: { background: '#ff000000', colors } }).slice(0, 3)).toEqual([
      'set timeout=-1',
      'set menu_color_normal=light-cyan/black',
      'export menu_color_normal',
    ]);
  });

  it('uses a theme file, or the text screen if GRUB has no graphics', () => {
    expect(lines({ theme: { background: 'a.png' } }, '/theme.txt')).toEqual([
      'set timeout=-1',
      'if insmod gfxmenu; then',
      '  set gfxmode=640x480,auto',
      '  set gfxpayload=keep',
      '  insmod all_video',
      '  insmod gfxterm',
      '  insmod png',
      '  terminal_output gfxterm',
      '  set theme=/theme.txt',
      '  export theme',
      'fi',
      "menuentry 'Linux' --id 'linux' {",
      "  echo 'Loading the kernel ...'",
      '  linux /linux',
      '}',
      '',
    ]);
    const resolution = { width: 800, height: 600 };
    const odd = lines({ theme: { background: 'a.JPG' }, resolution, serial: { port: 0 } }, '/t');
    expect(odd).toContain('  insmod jpeg');
    expect(odd).toContain('  set gfxmode=800x600,auto');
    expect(odd).toContain('  terminal_output gfxterm serial');
  });

  it('loads a font only if there is non-ASCII text to show', () => {
    const font = 'if ! loadfont (memdisk)/fonts/unicode.pf2; then';
    const long: Menu['items'] = [{ type: 'separator' }, { ...linux, label: 'Größe' }];
    expect(lines({ title: 'Menü' }, '/t')).toContain(font);
    expect(lines({ items: long }, '/t')).toContain(font);
    expect(lines({ theme: { autobootMessage: 'Noch # s…' } }, '/t')).toContain(font);
    expect(lines({ title: 'Menu', items: [{ type: 'separator' }, linux] }, '/t')).not.toContain(
      font,
    );
    expect(lines({ title: 'Menü' })).not.toContain(font);
  });

  it('reports what only a theme file can show', () => {
    const menu = { title: 'Menu', theme: { background: 'a.png' } };
    expect(codes(menu)).toEqual(['note not-shown title', 'note not-shown theme.background']);
    expect(codes({ theme: { background: '#ff000000' } })).toEqual([]);
    expect(safeRenderGrub({ ...menu, items: [linux] }, { theme: '/t' }).findings).toEqual([]);
    const odd = safeRenderGrub({ ...menu, items: [linux] }, { theme: 'a b' });
    expect(odd.findings.map(({ code, path }) => `${code} ${path ?? ''}`)).toEqual([
      'unusable-file-name theme',
    ]);
    expect(odd.ok && odd.text).not.toContain('theme');
  });

  it("lets GRUB replace variables in a resolver's name, but not those of the path", () => {
    const resolve = (path: string): string => `/m/\${net_default_mac}/a"$\\b${path}`;
    const kernel = (value: string): string | undefined =>
      / linux (.*)/.exec(
        renderGrub({ title: '', items: [{ ...linux, kernel: value }] }, { resolve }),
      )?.[1];
    expect(kernel('/linux')).toMatch(/^"\/m\/\$\{net_default_mac\}\/a\\"\\\$\\\\b\/linux"/);
    expect(kernel('/${linux}')).toMatch(/^'\/m\/\$\{net_default_mac\}\/a"\$\\b\/\$\{linux\}'/);
  });

  it('cleans an invalid menu, and leaves out file names that it cannot write', () => {
    expect(codes({ title: '\n' })).toEqual(['warning control-character title']);
    const result = safeRenderGrub({ title: '', items: [linux] }, { resolve: () => 'a b' });
    expect(result).toMatchObject({
      ok: false,
      findings: [{ code: 'unusable-file-name' }, { code: 'nothing-left' }],
    });
    for (const name of ['', '-x']) {
      expect(safeRenderGrub({ title: '', items: [linux] }, { resolve: () => name }).ok).toBe(false);
    }
  });
});

describe('renderGrub with unsigned UEFI files', () => {
  const disk: MenuItem = { type: 'local', id: 'local', label: 'Disk' };
  const tester: MenuItem = {
    type: 'chain',
    id: 'test',
    label: 'Test',
    program: '/test.efi',
    isUnsignedEfi: true,
  };
  const kernel: MenuItem = { type: 'linux', id: 'kernel', label: 'Kernel', kernel: '/k' };

  it('hides them under Secure Boot, and starts the disk instead of an unsigned default', () => {
    const items = [tester, kernel, disk];
    const text = renderGrub({ title: 'x', items, defaultId: 'test', timeoutSeconds: 5 });
    expect(text).toContain(
      "!= y ]; then\n  set default='0'\n  set timeout=5\nelse\n  set default='1'\n  set timeout=5\nfi",
    );
    expect(text).toContain('if [ "$lockdown" != y ]; then\n  menuentry \'Test\'');
  });

  it('counts only the entries that are shown', () => {
    const items = [tester, kernel, disk];
    const text = renderGrub({ title: 'x', items, defaultId: 'kernel', timeoutSeconds: 5 });
    expect(text).toContain(
      "!= y ]; then\n  set default='1'\n  set timeout=5\nelse\n  set default='0'",
    );
  });

  it('waits under Secure Boot if there is no disk to start', () => {
    const items = [kernel, tester];
    const text = renderGrub({ title: 'x', items, defaultId: 'test', timeoutSeconds: 5 });
    expect(text).toContain(
      "!= y ]; then\n  set default='1'\n  set timeout=5\nelse\n  set timeout=-1\nfi",
    );
  });

  it('waits for a choice if nothing starts automatically', () => {
    const items = [tester, kernel, disk];
    const text = renderGrub({ title: 'x', items, defaultId: 'test' });
    expect(text).toContain("set default='0'\n  set timeout=-1\nelse\n  set timeout=-1\nfi");
  });

  it('hides a submenu with nothing else in it', () => {
    const bios: MenuItem = { type: 'chain', id: 'b', label: 'B', program: '/b.0' };
    const sub: MenuItem = { type: 'submenu', id: 's', label: 'Sub', items: [tester, bios] };
    const text = renderGrub({ title: 'x', items: [sub, disk], defaultId: 'b', timeoutSeconds: 5 });
    expect(text).toContain('if [ "$lockdown" != y ]; then\n  submenu \'Sub\'');
    expect(text).toContain('if [ "$grub_platform" = pc ]; then\n  set default=\'0>1\'');
    expect(text).toContain('else\n  set timeout=-1\nfi');
  });
});

describe('grubPaths', () => {
  it('names the device, or none for the server that GRUB came from', () => {
    expect(grubPaths()('/a', 'kernel')).toBe('/a');
    expect(grubPaths({ protocol: 'tftp', host: '10.0.0.1' })('a', 'kernel')).toBe(
      '(tftp,10.0.0.1)/a',
    );
  });
});
