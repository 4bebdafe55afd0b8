import { type ByteString } from '../../text/encoding.js';
import { type BootDirectives } from './loaded.js';
import { type AppendedStrings, sysappendNames } from './sysappend.js';

/** Assembles the command line as the menu program does (record() of com32/menu/readconfig.c). */
export function commandLine(boot: BootDirectives, appended: AppendedStrings): ByteString {
  const type = boot.type === 'kernel' ? '' : `.${boot.type} `;
  const append = boot.append === '' ? '' : ` ${boot.append}`;
  const initrd = boot.initrd === undefined ? '' : ` initrd=${boot.initrd}`;
  let line = `${type}${boot.file}${append}${initrd}`;
  for (const name of sysappendNames(boot.sysappend)) {
    const text = appended[name];
    if (text !== undefined) {
      line += ` ${text}`;
    }
  }
  return line;
}
