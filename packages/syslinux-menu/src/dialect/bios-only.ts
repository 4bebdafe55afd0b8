import { type MenuItem } from '../model/menu.js';
import { baseName } from '../model/paths.js';

/**
 * Returns true if the file name is that of memdisk or memtest, which start in real mode, so UEFI
 * cannot start them.
 */
export function isRealModeKernel(kernel: string): boolean {
  return /^(?:memdisk|memtest|mt86)/i.test(baseName(kernel));
}

/** Returns true if the name is that of a network boot program for BIOS. */
export function isBiosProgram(program: string): boolean {
  return /\.(?:0|k?kpxe|pxe|undi|n12|com)$/i.test(program);
}

/** Returns true if only a BIOS can start the item, or every remaining item inside it. */
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
