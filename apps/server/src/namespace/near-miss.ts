import { printableName } from '../log/printable.js';
import { isRaspberryPiFile } from './raspberry-pi.js';

/** Names of other boot servers' loaders, each with the name to use here instead. */
const FOREIGN_LOADERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'lpxelinux.0': [
      ...['undionly.kpxe', 'undionly.kkpxe', 'ipxe.pxe', 'gpxelinux.0', 'grldr', 'core.0'],
      ...['netboot.xyz.kpxe', 'netboot.xyz-undionly.kpxe', 'wdsnbp.com', 'pxeboot.n12'],
    ],
    'bootnetx64.efi': [
      ...['bootx64.efi', 'shimx64.efi', 'shimx64.efi.signed', 'shim.efi', 'grub.efi'],
      ...['grubnetx64.efi', 'grubnetx64.efi.signed', 'core.efi', 'syslinux.efi', 'bootmgfw.efi'],
      ...['ipxe.efi', 'snponly.efi', 'snp.efi', 'ipxe-x86_64.efi', 'wdsmgfw.efi'],
      ...['netboot.xyz.efi', 'netboot.xyz-snp.efi', 'netboot.xyz-snponly.efi'],
    ],
    'bootnetaa64.efi': [
      ...['bootaa64.efi', 'shimaa64.efi', 'grubnetaa64.efi', 'grubnetaa64.efi.signed'],
      ...['netboot.xyz-arm64.efi', 'ipxe-arm64.efi', 'snponly-arm64.efi', 'snp-arm64.efi'],
    ],
    'bootnetia32.efi': ['bootia32.efi', 'shimia32.efi', 'grubnetia32.efi', 'ipxe-i386.efi'],
  }).flatMap(([instead, names]) => names.map((name) => [name, instead] as const)),
);

/**
 * Explains for the log which file a client probably meant when it requested one that does not exist, in
 * printable characters; returns undefined if the name does not resemble a known one.
 *
 * @param path - normalised path
 * @param paths - served paths by their lower-case form
 * @param longest - length of the longest of them; longer suffixes of `path` are not looked up
 */
export function nearMiss(
  path: string,
  paths: ReadonlyMap<string, string>,
  longest: number,
): string | undefined {
  const lowerCase = path.toLowerCase();
  const sameName = paths.get(lowerCase);
  if (sameName !== undefined) {
    return `names are case-sensitive; use ${shown(sameName)}`;
  }
  const first = Math.max(1, lowerCase.length - longest);
  for (let at = lowerCase.indexOf('/', first); at > 0; at = lowerCase.indexOf('/', at + 1)) {
    const inside = paths.get(lowerCase.slice(at));
    if (inside !== undefined) {
      return `set the DHCP file name to ${shown(inside)}, without ${printableName(path.slice(0, at))}/`;
    }
  }
  const name = lowerCase.slice(lowerCase.lastIndexOf('/') + 1);
  const instead = FOREIGN_LOADERS.get(name);
  if (instead !== undefined && paths.has(`/${instead}`)) {
    return `this is a loader of another boot server; set the DHCP file name to ${instead} ("pxeboot dhcp" prints the configuration)`;
  }
  if (isRaspberryPiFile(path)) {
    return 'a Raspberry Pi requests its firmware, which is not part of Debian\'s installer; start UEFI or U-Boot from its SD card or flash (see "Raspberry Pi" in https://github.com/pxeboot/pxeboot/blob/main/docs/boot-walkthrough.md)';
  }
  return undefined;
}

/** Returns the name as written in DHCP. */
function shown(path: string): string {
  return path.slice(1);
}
