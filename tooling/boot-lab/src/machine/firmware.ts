/** A kind of machine: emulator, firmware and network card. Contains only data. */
export interface Firmware {
  /** Identifier, such as `bios-virtio` or `uefi-x64-secure-boot`. */
  readonly id: string;
  readonly emulator: 'qemu-system-x86_64' | 'qemu-system-i386' | 'qemu-system-aarch64';
  /** Machine type, CPU and other arguments that differ between machines. */
  readonly machineArgs: readonly string[];
  /** Firmware in flash. @default the emulator's own (SeaBIOS) */
  readonly flash?: FlashFirmware;
  /** U-Boot, instead of UEFI firmware. */
  readonly uBoot?: UBootFirmware;
  /** Value of `-device` for the network card, without `netdev` and `mac`. */
  readonly networkCard: string;
  /** True if the menu is drawn on a VGA screen that the lab can read. */
  readonly hasVgaScreen: boolean;
  /** File with the font of programs that draw text themselves, where there is no VGA BIOS. @default none */
  readonly screenFont?: string;
  /** Debian packages that the firmware requires. */
  readonly packages: readonly string[];
}

/** UEFI firmware: shared code, and variables of which each machine gets a copy. */
export interface FlashFirmware {
  readonly codeFile: string;
  readonly variablesFile: string;
}

/** U-Boot, and the settings saved on the board. */
export interface UBootFirmware {
  readonly programFile: string;
  /** Replaces the entire built-in environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const X86_PACKAGES = ['qemu-system-x86'] as const;

/** SeaBIOS with a virtio card, whose option ROM is iPXE acting as a PXE ROM. */
export const biosVirtio: Firmware = {
  id: 'bios-virtio',
  emulator: 'qemu-system-x86_64',
  machineArgs: ['-machine', 'pc', '-vga', 'std'],
  networkCard: 'virtio-net-pci',
  hasVgaScreen: true,
  packages: [...X86_PACKAGES, 'seabios', 'ipxe-qemu'],
};

/** {@link biosVirtio} with an Intel e1000 card. */
export const biosE1000: Firmware = { ...biosVirtio, id: 'bios-e1000', networkCard: 'e1000' };

/** {@link biosVirtio} with a second card, without a cable, for which Linux needs a file of firmware. */
export const biosIntel82551: Firmware = {
  ...biosVirtio,
  id: 'bios-intel-82551',
  machineArgs: [...biosVirtio.machineArgs, ...['-device', 'i82551,mac=52:54:00:12:34:57,romfile=']],
};

/**
 * An empty ROM file removes iPXE from the card, so that the firmware's own PXE and HTTP boot code runs: shim
 * does not work through the old iPXE in QEMU's ROMs.
 */
const FIRMWARE_OWN_PXE = 'virtio-net-pci,romfile=';

/** OVMF for x64, Secure Boot off. */
export const uefiX64: Firmware = {
  id: 'uefi-x64',
  emulator: 'qemu-system-x86_64',
  machineArgs: ['-machine', 'q35', '-vga', 'std'],
  flash: {
    codeFile: '/usr/share/OVMF/OVMF_CODE_4M.fd',
    variablesFile: '/usr/share/OVMF/OVMF_VARS_4M.fd',
  },
  networkCard: FIRMWARE_OWN_PXE,
  hasVgaScreen: false,
  screenFont: '/usr/share/seabios/vgabios-stdvga.bin',
  packages: [...X86_PACKAGES, 'ovmf', 'seabios'],
};

/** {@link uefiX64} with the card's ROM, which is iPXE for UEFI. */
export const uefiX64Ipxe: Firmware = {
  ...uefiX64,
  id: 'uefi-x64-ipxe',
  networkCard: 'virtio-net-pci',
  packages: [...uefiX64.packages, 'ipxe-qemu'],
};

/** OVMF for x64 with Microsoft's keys enrolled and Secure Boot on. */
export const uefiX64SecureBoot: Firmware = {
  ...uefiX64,
  id: 'uefi-x64-secure-boot',
  machineArgs: [
    ...['-machine', 'q35,smm=on', '-vga', 'std'],
    ...['-global', 'driver=cfi.pflash01,property=secure,value=on'],
  ],
  flash: {
    codeFile: '/usr/share/OVMF/OVMF_CODE_4M.ms.fd',
    variablesFile: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd',
  },
};

/** {@link uefiX64SecureBoot} with other keys: it does not trust Debian's shim. */
export const uefiX64OtherKeys: Firmware = {
  ...uefiX64SecureBoot,
  id: 'uefi-x64-other-keys',
  flash: {
    codeFile: '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd',
    variablesFile: '/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd',
  },
};

/** {@link uefiX64SecureBoot} that boots over IPv6: PXE over IPv4 is disabled in its settings. */
export const uefiX64SecureBootIpv6: Firmware = {
  ...uefiX64SecureBoot,
  id: 'uefi-x64-secure-boot-ipv6',
  machineArgs: [
    ...uefiX64SecureBoot.machineArgs,
    ...['-fw_cfg', 'name=opt/org.tianocore/IPv4PXESupport,string=n'],
  ],
};

/** {@link uefiX64SecureBoot} with PXE disabled in its settings, so that it continues with HTTP Boot. */
export const uefiX64SecureBootHttp: Firmware = {
  ...uefiX64SecureBoot,
  id: 'uefi-x64-secure-boot-http',
  machineArgs: [
    ...uefiX64SecureBoot.machineArgs,
    ...['-fw_cfg', 'name=opt/org.tianocore/IPv4PXESupport,string=n'],
    ...['-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=n'],
  ],
};

/** OVMF for 32-bit x86. */
export const uefiIa32: Firmware = {
  ...uefiX64,
  id: 'uefi-ia32',
  emulator: 'qemu-system-i386',
  flash: {
    codeFile: '/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd',
    variablesFile: '/usr/share/OVMF/OVMF32_VARS_4M.fd',
  },
  machineArgs: ['-machine', 'q35,smm=on', '-vga', 'std'],
  packages: [...uefiX64.packages, 'ovmf-ia32'],
};

/** AAVMF: UEFI for 64-bit ARM, emulated instruction by instruction. */
export const uefiArm64: Firmware = {
  id: 'uefi-arm64',
  emulator: 'qemu-system-aarch64',
  machineArgs: [
    ...['-machine', 'virt', '-cpu', 'cortex-a57', '-device', 'ramfb'],
    ...['-device', 'qemu-xhci', '-device', 'usb-kbd'],
  ],
  flash: {
    codeFile: '/usr/share/AAVMF/AAVMF_CODE.fd',
    variablesFile: '/usr/share/AAVMF/AAVMF_VARS.fd',
  },
  networkCard: FIRMWARE_OWN_PXE,
  hasVgaScreen: false,
  packages: ['qemu-system-arm', 'qemu-efi-aarch64'],
};

/**
 * U-Boot for 64-bit ARM, as on real boards. Debian's build for QEMU only looks for disks and an EFI program.
 * Boards also have `pxe` in their `boot_targets`, which does the same as this environment
 * (include/config_distro_bootcmd.h). The addresses are those of Debian's build, whose driver for QEMU's
 * virtio card on PCI reads a wrong MAC address.
 */
export const uBootArm64: Firmware = {
  id: 'u-boot-arm64',
  emulator: 'qemu-system-aarch64',
  machineArgs: ['-machine', 'virt', '-cpu', 'cortex-a57'],
  uBoot: {
    programFile: '/usr/lib/u-boot/qemu_arm64/u-boot.bin',
    environment: {
      bootcmd: 'pci enum; dhcp; if pxe get; then pxe boot; fi',
      bootdelay: '0',
      baudrate: '115200',
      fdt_addr: '0x40000000',
      fdt_high: '0xffffffff',
      initrd_high: '0xffffffff',
      loadaddr: '0x40200000',
      pxefile_addr_r: '0x40300000',
      kernel_addr_r: '0x40400000',
      ramdisk_addr_r: '0x44000000',
    },
  },
  networkCard: 'e1000,romfile=',
  hasVgaScreen: false,
  packages: ['qemu-system-arm', 'u-boot-qemu'],
};
