import { type BootEntry, type LinuxEntry, type SyslinuxEntry } from '../model/menu.js';
import { SYSTEM_INFO_SETTINGS } from './expressible.js';
import { type IpxeScript } from './script.js';

/** Where a script goes on when an entry could not be started. */
export const FAILED = '..failed';

/** What iPXE can start. */
export type IpxeEntry = Exclude<BootEntry, SyslinuxEntry>;

/** Writes what an entry does, under its id as the label. */
export function writeAction(entry: IpxeEntry, path: string, script: IpxeScript): void {
  script.line('', `:${entry.id}`);
  switch (entry.type) {
    case 'linux':
      writeLinux(entry, path, script);
      break;
    case 'local':
      // A BIOS is handed its first disk; UEFI firmware goes on with its next boot option.
      script.line('iseq ${platform} pcbios && sanboot --no-describe --drive 0x80 || exit');
      break;
    case 'chain':
      script.line(`chain ${script.file(entry.program, 'program', path)} || goto ${FAILED}`);
      break;
    case 'reboot':
      script.line(`reboot || goto ${FAILED}`);
      break;
    case 'poweroff':
      script.line(`poweroff || goto ${FAILED}`);
      break;
  }
}

function writeLinux(entry: LinuxEntry, path: string, script: IpxeScript): void {
  const kernel = script.file(entry.kernel, 'kernel', path);
  const names = entry.initrd.map((_file, index) => `initrd${index}`);
  const words = [
    // A kernel started by UEFI finds its ramdisks by these names.
    ...names.map((name) => `initrd=${name}`),
    ...(entry.appendBootif === true ? ['BOOTIF=01-${netX/mac:hexhyp}'] : []),
    ...(entry.args === '' ? [] : [script.words(entry.args, `${path}.args`)]),
    ...(entry.systemInfo ?? []).flatMap((name) => SYSTEM_INFO_SETTINGS[name] ?? []),
  ];
  script.line('imgfree', `${['kernel', kernel, ...words].join(' ')} || goto ${FAILED}`);
  for (const [index, file] of entry.initrd.entries()) {
    const url = script.file(file, 'initrd', path);
    script.line(`initrd --name initrd${index} ${url} || goto ${FAILED}`);
  }
  script.line(`boot || goto ${FAILED}`);
}
