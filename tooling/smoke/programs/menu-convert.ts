import { readFileSync } from 'node:fs';

import { parseSyslinux } from '@pxe/syslinux-menu';
import { renderGrub } from '@pxe/syslinux-menu/grub';
import { renderIpxe } from '@pxe/syslinux-menu/ipxe';
import { gridText, previewMenu } from '@pxe/syslinux-menu/preview';

// Prints the screen of a configuration, then its conversions to GRUB and iPXE.
const [fileName = ''] = process.argv.slice(2);
const { menu } = parseSyslinux(readFileSync(fileName), { fileName });
console.log(gridText(previewMenu(menu)));
console.log(renderGrub(menu));
console.log(renderIpxe(menu));
