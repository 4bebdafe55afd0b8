import { formatDiagnostic, parseSyslinux } from '@pxe/syslinux-menu';

const files = new Map([
  ['pxelinux.cfg/default', 'UI menu.c32\nTIMEOUT 50\nINCLUDE more.cfg\nINCLUDE gone.cfg\n'],
  ['more.cfg', 'LABEL a\n  MENU LABEL ^Install\n  LINUX linux\n  MENU GOTO tools\nMENU END\n'],
]);

const { menu, diagnostics } = parseSyslinux(files.get('pxelinux.cfg/default') ?? '', {
  fileName: 'pxelinux.cfg/default',
  resolveInclude: (name) => files.get(name),
});
for (const diagnostic of diagnostics) {
  console.log(formatDiagnostic(diagnostic));
}
console.log(`${menu.items.length} items`);
