import { type SyslinuxEntry } from '../model/menu.js';
import { baseName } from '../model/paths.js';

/** Whether what the entry starts reads another configuration of syslinux, which no other loader can. */
export function readsConfiguration({ directive, file }: SyslinuxEntry): boolean {
  if (directive === 'config') {
    return true;
  }
  return directive === 'com32' && /^(?:vesa)?menu(?:\.c32)?$/.test(baseName(file));
}
