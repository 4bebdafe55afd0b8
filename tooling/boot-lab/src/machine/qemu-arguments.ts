import { LAB_NETWORK } from '../network/lab-network.js';
import { type Firmware } from './firmware.js';

/** Local disk of a machine. */
export interface Disk {
  /** Path of the disk's image. */
  readonly file: string;
  /** Bus of the disk's controller: the installer's initrd has drivers only for USB disks. */
  readonly bus: 'ide' | 'usb';
}

/** Device of a disk, for each bus. */
const DISK_DEVICES: Readonly<Record<Disk['bus'], readonly string[]>> = {
  ide: ['-device', 'ide-hd,drive=disk,bootindex=2'],
  usb: ['-device', 'qemu-xhci', '-device', 'usb-storage,drive=disk,bootindex=2'],
};

/** Paths of a machine's files. */
export interface MachineFiles {
  readonly serialLog: string;
  /** The machine's own copy of its UEFI variables, or the flash with U-Boot's environment. */
  readonly variables: string;
  /** Local disk. @default no disk */
  readonly disk?: Disk;
}

/** Memory of the machine in MiB: enough for the installer's unpacked initrd. */
const MEMORY_MIB = 1024;

/**
 * Returns QEMU's command line for a machine that boots from its network card, then from its disk if
 * it has one. It starts stopped (`-S`), so that the lab chooses when to power it on, and exits when
 * the guest resets, unless it is meant to start again: a reset during a boot is a failure.
 *
 * Emulation is always TCG: the iPXE ROM hangs under nested KVM.
 *
 * @param cable - arguments for its network cable: a netdev `cable`
 * @param reboots - true to start again two seconds after nothing could be booted
 */
export function qemuArguments(
  firmware: Firmware,
  cable: readonly string[],
  files: MachineFiles,
  reboots = false,
): string[] {
  const { flash, uBoot } = firmware;
  const environment =
    uBoot === undefined
      ? []
      : [
          ...['-bios', uBoot.programFile],
          ...['-drive', `if=pflash,format=raw,unit=1,file=${files.variables}`],
        ];
  const drives =
    flash === undefined
      ? []
      : [
          ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${flash.codeFile}`],
          ...['-drive', `if=pflash,format=raw,unit=1,file=${files.variables}`],
        ];
  const disk =
    files.disk === undefined
      ? []
      : [
          ...['-drive', `if=none,id=disk,format=raw,file=${files.disk.file}`],
          ...DISK_DEVICES[files.disk.bus],
        ];
  return [
    ...firmware.machineArgs,
    ...['-nodefaults', '-accel', 'tcg', '-m', String(MEMORY_MIB), '-display', 'none'],
    ...drives,
    ...environment,
    ...disk,
    ...cable,
    ...['-device', `${firmware.networkCard},netdev=cable,mac=${LAB_NETWORK.clientMac},bootindex=1`],
    ...['-serial', `file:${files.serialLog}`],
    ...(reboots ? ['-boot', 'reboot-timeout=2000'] : ['-no-reboot']),
    '-S',
  ];
}
