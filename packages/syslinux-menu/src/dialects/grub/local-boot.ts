import { type LocalBootEntry } from '../../model/menu.js';

/** Whose shim to look for: the systems that sign their own GRUB. */
const VENDORS = [
  'debian',
  'ubuntu',
  'fedora',
  'redhat',
  'centos',
  'rocky',
  'almalinux',
  'opensuse',
] as const;

/** Loaders' suffixes by GRUB's `$grub_cpu`. */
const EFI_SUFFIXES = { x86_64: 'x64', i386: 'ia32', arm64: 'aa64' } as const;

/**
 * Paths of the first loader of installed systems. The one for removable media (UEFI 2.10 section
 * 3.5.1.1) may be a left-over, and comes last.
 */
function efiLoaders(suffix: string): readonly string[] {
  return [
    ...VENDORS.map((vendor) => `/EFI/${vendor}/shim${suffix}.efi`),
    `/EFI/debian/grub${suffix}.efi`,
    `/EFI/systemd/systemd-boot${suffix}.efi`,
    '/EFI/Microsoft/Boot/bootmgfw.efi',
    `/EFI/BOOT/BOOT${suffix.toUpperCase()}.EFI`,
  ];
}

/**
 * Commands that start what is installed on this machine. UEFI firmware after EDK2 does not go on to
 * its next boot option when a loader ends without error, but stops in its setup; so GRUB looks on
 * the disks itself, and only then goes back to the firmware.
 *
 * Debian's own configuration is run right here: a chain-loaded program does not find the disk that
 * it lies on where the firmware has not set up its partitions, and EDK2 leaves them alone while it
 * boots from the network. Names with wildcards stand for what exists, without an error for the rest.
 */
const UEFI_BOOT: readonly string[] = [
  'if [ "$grub_platform" = efi ]; then',
  '  for file in (*,*)/EFI/debian/grub.cfg; do',
  '    if [ -f "$file" ]; then',
  // Who may use this menu is not who may use that one.
  '      unset superusers',
  '      configfile "$file"',
  '    fi',
  '  done',
  ...Object.entries(EFI_SUFFIXES).flatMap(([cpu, suffix]) => [
    `  if [ "$grub_cpu" = ${cpu} ]; then set loaders='${efiLoaders(suffix).join(' ')}'; fi`,
  ]),
  '  for loader in $loaders; do',
  '    for file in (*,*)$loader; do',
  '      if [ -f "$file" ]; then',
  '        if chainloader "$file"; then boot; fi',
  '      fi',
  '    done',
  '  done',
  'fi',
];

/**
 * Commands for a local disk: the drive of `chain.c32` under BIOS, the firmware's next boot option
 * under UEFI.
 */
export function localBoot({ method, drive, partition }: LocalBootEntry): readonly string[] {
  if (method !== 'chain' || drive === undefined) {
    return [...UEFI_BOOT, 'exit'];
  }
  const disk = drive < 0x80 ? `fd${drive}` : `hd${drive - 0x80}`;
  return [
    ...UEFI_BOOT,
    'if [ "$grub_platform" = pc ]; then',
    `  set root='${partition === undefined ? disk : `${disk},${partition}`}'`,
    '  if chainloader +1; then boot; fi',
    'fi',
    'exit',
  ];
}
