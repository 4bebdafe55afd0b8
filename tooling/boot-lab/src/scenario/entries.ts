import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { busyboxInitrd } from '../installation/busybox-initrd.js';
import { efiProgram } from '../machine/efi-program.js';
import { biosVirtio, type Firmware, uefiX64, uefiX64SecureBoot } from '../machine/firmware.js';
import { bootSector } from '../machine/local-disk.js';
import {
  grubDialect,
  ipxeDialect,
  type MenuDialect,
  syslinuxDialect,
} from '../menu/menu-dialect.js';
import { type DhcpAnswer } from '../network/dhcp-configuration.js';
import { captureFinished } from '../stage/evidence-stages.js';
import { serialText } from '../stage/installer-stages.js';
import { entryChosen, entryHidden, menuShown, screenShows } from '../stage/menu-stages.js';
import { type Stage } from '../stage/stage.js';
import { httpDownload } from '../stage/transfer-stages.js';
import { type FileSite, type Settings } from '../store/fetched-store.js';
import { kernelFile } from '../store/store-files.js';
import { addressed } from './installer-boot.js';
import { type Scenario } from './scenario.js';
import { loaded, X64 } from './uefi.js';

/** A machine on the way to its menu. */
interface MenuMachine {
  readonly name: string;
  readonly firmware: Firmware;
  readonly dhcp: DhcpAnswer;
  readonly dialect: MenuDialect;
  readonly menu: readonly Stage[];
}

const BIOS: MenuMachine = {
  name: 'bios',
  firmware: biosVirtio,
  dhcp: { bootFile: 'lpxelinux.0' },
  dialect: syslinuxDialect,
  menu: addressed(),
};
const UEFI: MenuMachine = {
  name: 'uefi',
  firmware: uefiX64,
  dhcp: 'product',
  dialect: grubDialect,
  menu: loaded(X64),
};
const IPXE: MenuMachine = {
  name: 'ipxe',
  firmware: biosVirtio,
  dhcp: 'product',
  dialect: ipxeDialect,
  menu: [...addressed(), httpDownload('script', '/menu.ipxe')],
};

/** Deadline for a menu on the screen, in milliseconds, from the address or the configuration of the loader. */
const MENU_DEADLINE_MS = 60_000;

/** An entry of the menu, and the sign that it has started. */
interface OwnEntry {
  /** Kind of the entry's file, for the name of the scenario. */
  readonly kind: 'kernel' | 'loader' | 'memtest';
  readonly id: string;
  readonly settings: (site: FileSite) => Promise<Settings>;
  readonly started: readonly Stage[];
}

function entryStarted({ name, dialect, menu, ...machine }: MenuMachine, entry: OwnEntry): Scenario {
  const { kind, id, settings, started } = entry;
  return {
    ...machine,
    name: `${name}-${kind === 'memtest' ? kind : `${kind}-entry`}`,
    summary: `${name === 'ipxe' ? 'iPXE' : name.toUpperCase()}: ${SUMMARIES[kind]}`,
    // GRUB's menu can be read only from the serial port.
    configuration: { kernelArgs: 'console=ttyS0,115200' },
    fetches: settings,
    storeChange: 'forgetful',
    stores: ['trixie'],
    stages: () => [
      ...menu,
      menuShown(dialect, MENU_DEADLINE_MS),
      entryChosen(dialect, id),
      // PXELINUX loads boot programs over TFTP, and starts them before it has acknowledged the last block.
      ...(name === 'bios' && kind === 'loader' ? [] : [httpDownload('entry file', fileOf(id))]),
      ...started,
      captureFinished(),
    ],
  };
}

const SUMMARIES = {
  kernel: 'an extra entry starts whose kernel is a URL, with an initrd',
  loader: 'an extra entry with a boot program starts',
  memtest: 'Memtest86+ of Debian starts from the menu',
} as const;

const MEMTEST_SETTINGS: Settings = { menu: { entries: ['memtest'] } };

const MEMTEST: OwnEntry = {
  kind: 'memtest',
  id: 'memtest',
  settings: () => Promise.resolve(MEMTEST_SETTINGS),
  // Under UEFI, the letter M in Memtest86+'s font looks different.
  started: [screenShows('memtest', 'test86+', 60_000)],
};

export const biosMemtest: Scenario = entryStarted(BIOS, MEMTEST);
export const uefiMemtest: Scenario = entryStarted(UEFI, MEMTEST);

/** Memtest86+ has no signature, so GRUB hides it under Secure Boot. */
export const uefiSecureBootMemtest: Scenario = {
  ...uefiMemtest,
  name: 'uefi-secure-boot-memtest',
  summary: 'UEFI with Secure Boot: the menu hides Memtest86+',
  firmware: uefiX64SecureBoot,
  stages: () => [...loaded(X64), entryHidden(grubDialect, 'memtest'), captureFinished()],
};

const KERNEL_TEXT = 'pxeboot lab: the kernel of an extra entry has started';
const LOADER_TEXT = 'pxeboot lab: the boot program of an extra entry has started';

const KERNEL: OwnEntry = {
  kind: 'kernel',
  id: 'rescue',
  settings: async ({ store, directory, serve }) => {
    const kernel = await kernelFile(store, 'amd64');
    const initrd = join(directory, 'rescue-initrd.img');
    const script = `echo "${KERNEL_TEXT}"\nwhile :; do /bin/busybox sleep 3600; done\n`;
    await writeFile(initrd, await busyboxInitrd(script));
    const entry = {
      id: 'rescue',
      title: 'Rescue system',
      kernel: { url: serve(kernel), sha256: await sha256Of(kernel) },
      initrds: [initrd],
      args: 'console=ttyS0,115200 no_timer_check',
    };
    return { menu: { entries: [entry] } };
  },
  started: [serialText('started', new RegExp(KERNEL_TEXT), 120_000)],
};

/** Returns an entry that starts a boot program: a BIOS program, or an unsigned UEFI program. */
function loaderEntry(program: Buffer): OwnEntry {
  return {
    kind: 'loader',
    id: 'program',
    settings: async ({ directory }) => {
      const path = join(directory, 'program');
      await writeFile(path, program);
      const loader = { path, sha256: await sha256Of(path) };
      return { menu: { entries: [{ id: 'program', title: 'Boot program', loader }] } };
    },
    started: [serialText('started', new RegExp(LOADER_TEXT), 60_000)],
  };
}

const BIOS_LOADER = loaderEntry(bootSector(LOADER_TEXT));
const EFI_LOADER = loaderEntry(efiProgram(LOADER_TEXT));

export const biosKernelEntry: Scenario = entryStarted(BIOS, KERNEL);
export const uefiKernelEntry: Scenario = entryStarted(UEFI, KERNEL);
export const ipxeKernelEntry: Scenario = entryStarted(IPXE, KERNEL);
export const biosLoaderEntry: Scenario = entryStarted(BIOS, BIOS_LOADER);
export const uefiLoaderEntry: Scenario = entryStarted(UEFI, EFI_LOADER);
export const ipxeLoaderEntry: Scenario = entryStarted(IPXE, BIOS_LOADER);

/** Returns a pattern for the path of an entry's kernel or boot program. */
function fileOf(id: string): RegExp {
  return new RegExp(`/entries/${id}/[^/]+/(?:kernel|loader)(?:\\.efi)?$`);
}

async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
