import { type MenuItem } from '../model/menu.js';
import { baseName } from '../model/paths.js';
import { isSelectable } from '../validate/validate-menu.js';

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

/**
 * Returns true if only a BIOS can start the item or, for a submenu, every entry inside it. Returns false for
 * a submenu with nothing to start, such as one that contains only headings.
 */
export function isBiosOnly(item: MenuItem, leftOut: ReadonlySet<MenuItem>): boolean {
  switch (item.type) {
    case 'linux':
      return isRealModeKernel(item.kernel);
    case 'chain':
      return isBiosProgram(item.program);
    default:
      return isEachInside(item, leftOut, (inner) => isBiosOnly(inner, leftOut));
  }
}

/**
 * Returns true if Secure Boot refuses the item, or everything inside it that can be started under UEFI.
 */
export function isUnsignedOnly(item: MenuItem, leftOut: ReadonlySet<MenuItem>): boolean {
  switch (item.type) {
    case 'linux':
    case 'chain':
      return item.isUnsignedEfi === true;
    default:
      return isEachInside(
        item,
        leftOut,
        (inner) => isUnsignedOnly(inner, leftOut) || isBiosOnly(inner, leftOut),
      );
  }
}

/** Returns true if an item is a submenu, and each entry that can be chosen in it passes a test. */
function isEachInside(
  item: MenuItem,
  leftOut: ReadonlySet<MenuItem>,
  test: (item: MenuItem) => boolean,
): boolean {
  const entries =
    item.type === 'submenu'
      ? item.items.filter(
          (inner) => isSelectable(inner) && inner.type !== 'back' && !leftOut.has(inner),
        )
      : [];
  return entries.length > 0 && entries.every(test);
}
