import { type MenuItem } from '../model/menu.js';
import { baseName } from '../model/paths.js';

/** Whether a kernel is started in real mode: memdisk and memtest have no part that UEFI can start. */
export function isRealModeKernel(kernel: string): boolean {
  return /^(?:memdisk|memtest|mt86)/i.test(baseName(kernel));
}

/** Whether a network boot program is for BIOS, by its name. */
export function isBiosProgram(program: string): boolean {
  return /\.(?:0|k?kpxe|pxe|undi|n12|com)$/i.test(program);
}

/** Whether only a BIOS can start the item, or anything that is left in it. */
export function isBiosOnly(item: MenuItem, leftOut: ReadonlySet<MenuItem>): boolean {
  switch (item.type) {
    case 'linux':
      return isRealModeKernel(item.kernel);
    case 'chain':
      return isBiosProgram(item.program);
    case 'submenu': {
      const entries = item.items.filter(
        (inner) => inner.type !== 'separator' && inner.type !== 'back' && !leftOut.has(inner),
      );
      return entries.every((inner) => isBiosOnly(inner, leftOut));
    }
    default:
      return false;
  }
}
