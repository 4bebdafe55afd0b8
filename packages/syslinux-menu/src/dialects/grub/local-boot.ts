import { type LocalBootEntry } from '../../model/menu.js';

/** Directories below `/EFI` of the systems that sign their own GRUB; each is searched for a shim. */
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

/** Architecture suffixes in the file names of EFI loaders, by GRUB's `$grub_cpu`. */
const EFI_SUFFIXES = { x86_64: 'x64', i386: 'ia32', arm64: 'aa64' } as const;

/**
 * Returns the paths of installed systems' loaders, in the order in which they are tried. The one for
 * removable media (UEFI 2.10 section 3.5.1.1) may be left over from an earlier installation, so it
 * comes last.
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
 * Commands that start the system installed on this machine. When a loader exits without an error,
 * firmware based on EDK2 opens its setup instead of trying the next boot option. GRUB therefore
 * searches the disks itself before it returns to the firmware.
 *
 * Debian's configuration is run by this GRUB. A chain-loaded program could not find its own disk
 * unless the firmware had set up the partitions, which EDK2 does not do during a network boot.
 * Wildcards match existing files only, so missing ones cause no error.
 */
const UEFI_BOOT: readonly string[] = [
  'if [ "$grub_platform" = efi ]; then',
  '  for file in (*,*)/EFI/debian/grub.cfg; do',
  '    if [ -f "$file" ]; then',
  // Otherwise the menu of the installed system would ask for a user of this menu.
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
 * Returns the commands that boot from a local disk: the installed system under UEFI; under BIOS, the drive or
 * partition of a `chain` entry. If nothing starts, GRUB exits to the firmware, which tries its next boot option.
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
