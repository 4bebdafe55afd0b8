/** Step of a running installer, as reported in its log. */
export interface InstallerStep {
  /** Item of the installer's main menu, as in `partman-base`. */
  readonly item: string;
  /** Time at which the item began, in milliseconds since 1970. */
  readonly at: number;
  /** True if the item failed. */
  readonly failed?: true;
}

/** Display names of the items in the main menu of Debian's installer, by package. */
const TITLES: ReadonlyMap<string, string> = new Map([
  ['localechooser', 'language'],
  ['console-setup-udeb', 'keyboard'],
  ['kbd-chooser', 'keyboard'],
  ['ethdetect', 'network hardware'],
  ['netcfg', 'network'],
  ['network-preseed', 'preseed'],
  ['choose-mirror', 'mirror'],
  ['download-installer', 'components of the installer'],
  ['network-console', 'remote installation over SSH'],
  ['user-setup-udeb', 'users and passwords'],
  ['clock-setup', 'clock'],
  ['disk-detect', 'disks'],
  ['partman-base', 'partitions'],
  ['bootstrap-base', 'base system'],
  ['base-installer', 'base system'],
  ['apt-setup-udeb', 'package manager'],
  ['pkgsel', 'software'],
  ['grub-installer', 'boot loader'],
  ['nobootloader', 'no boot loader'],
  ['finish-install', 'end of the installation'],
]);

/** Returns an item with its display name, as in `partitions (partman-base)`. */
export function itemText(item: string): string {
  const title = TITLES.get(item);
  return title === undefined ? item : `${title} (${item})`;
}

/** Returns the description of a step, as in `partitions (partman-base) failed`. */
export function stepText({ item, failed }: InstallerStep): string {
  return failed === true ? `${itemText(item)} failed` : itemText(item);
}
