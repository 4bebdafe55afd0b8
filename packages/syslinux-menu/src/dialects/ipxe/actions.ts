import { type BootEntry, type LinuxEntry, type SyslinuxEntry } from '../../model/menu.js';
import { SYSTEM_INFO_SETTINGS } from './expressible.js';
import { type IpxeScript } from './script.js';

/** Label that the script jumps to if an entry cannot be started. */
export const FAILED = '..failed';

/** Items that iPXE can start. */
export type IpxeEntry = Exclude<BootEntry, SyslinuxEntry>;

/** Writes the commands of an entry, with its id as the label. */
export function writeAction(
  entry: IpxeEntry,
  path: string,
  shim: string | undefined,
  script: IpxeScript,
): void {
  script.line('', `:${entry.id}`);
  switch (entry.type) {
    case 'linux':
      writeLinux(entry, path, shim, script);
      break;
    case 'local': {
      // A BIOS boots a disk, the first by default; UEFI firmware continues with its next boot option.
      const drive = entry.method === 'chain' ? (entry.drive ?? 0x80) : 0x80;
      const boot = `sanboot --no-describe --drive 0x${drive.toString(16)}`;
      script.line(`iseq \${platform} pcbios && ${boot} || exit`);
      break;
    }
    case 'chain': {
      const program = script.file(entry.program, 'program', `${path}.program`) ?? '';
      script.line(`chain ${program} || goto ${FAILED}`);
      break;
    }
    case 'reboot':
      script.line(`reboot || goto ${FAILED}`);
      break;
    case 'poweroff':
      script.line(`poweroff || goto ${FAILED}`);
      break;
  }
}

function writeLinux(
  entry: LinuxEntry,
  path: string,
  shim: string | undefined,
  script: IpxeScript,
): void {
  const shimUrl = shim === undefined ? undefined : script.file(shim, 'program', 'shim');
  const kernel = script.file(entry.kernel, 'kernel', `${path}.kernel`) ?? '';
  const { initrd = [], args = '' } = entry;
  const names = initrd.map((_file, index) => `initrd${index}`);
  const words = [
    // A kernel started by UEFI finds its ramdisks by these names.
    ...names.map((name) => `initrd=${name}`),
    ...(entry.appendBootif === true ? ['BOOTIF=01-${netX/mac:hexhyp}'] : []),
    ...(args === '' ? [] : [script.words(args, `${path}.args`)]),
    ...(entry.systemInfo ?? []).flatMap((name) => SYSTEM_INFO_SETTINGS[name] ?? []),
  ];
  script.line('imgfree');
  if (shimUrl !== undefined) {
    script.line(`iseq \${platform} efi && shim ${shimUrl} ||`);
  }
  script.line(`${['kernel', kernel, ...words].join(' ')} || goto ${FAILED}`);
  for (const [index, file] of initrd.entries()) {
    const url = script.file(file, 'initrd', `${path}.initrd[${index}]`) ?? '';
    script.line(`initrd --name initrd${index} ${url} || goto ${FAILED}`);
  }
  script.line(`boot || goto ${FAILED}`);
}
