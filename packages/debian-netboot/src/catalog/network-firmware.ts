import { failure, type Result, success } from '../errors.js';
import { closestWord, hintWith } from './suggestion.js';

/** Package with firmware for network cards. */
export interface NetworkFirmware {
  readonly name: string;
  /** Drivers of wired cards that load files from the package, by their names in `lsmod`. */
  readonly wired: readonly string[];
  /** Drivers of wireless cards that load files from the package. */
  readonly wireless: readonly string[];
}

/**
 * Debian's firmware packages for network cards. The modules below `drivers/net` in the initrds of Debian
 * 12.15 and 13.7 (amd64) name their firmware files (`modinfo -F firmware`); these packages of
 * non-free-firmware contain them.
 */
export const NETWORK_FIRMWARE: readonly NetworkFirmware[] = [
  { name: 'atmel-firmware', wired: [], wireless: ['at76c50x-usb', 'atmel'] },
  {
    name: 'firmware-atheros',
    wired: [],
    wireless: ['ar5523', 'ath10k_pci', 'ath11k_pci', 'ath6kl_sdio', 'ath6kl_usb', 'wil6210'],
  },
  { name: 'firmware-bnx2', wired: ['bnx2'], wireless: [] },
  { name: 'firmware-bnx2x', wired: ['bnx2x'], wireless: [] },
  { name: 'firmware-brcm80211', wired: [], wireless: ['brcmfmac', 'brcmsmac'] },
  { name: 'firmware-cavium', wired: ['liquidio'], wireless: [] },
  { name: 'firmware-intel-misc', wired: ['e100', 'ice'], wireless: [] },
  { name: 'firmware-ipw2x00', wired: [], wireless: ['ipw2200'] },
  { name: 'firmware-iwlwifi', wired: [], wireless: ['iwl3945', 'iwl4965', 'iwlwifi'] },
  {
    name: 'firmware-libertas',
    wired: [],
    wireless: [
      'libertas_cs',
      'libertas_sdio',
      'libertas_tf_usb',
      'mwifiex_pcie',
      'mwifiex_sdio',
      'mwifiex_usb',
      'mwl8k',
      'usb8xxx',
    ],
  },
  {
    name: 'firmware-mediatek',
    wired: [],
    wireless: ['mt76*', 'mt7921e', 'mt7921u', 'mt7925e', 'mt7925u', 'mt7996e', 'rt2x00*'],
  },
  {
    name: 'firmware-misc-nonfree',
    // In Debian 12, this package also contains the files of firmware-intel-misc and firmware-mediatek.
    wired: ['cxgb3', 'cxgb4', 'kaweth', 'mscc', 'tehuti', 'tg3', 'typhoon'],
    wireless: ['orinoco'],
  },
  { name: 'firmware-myricom', wired: ['myri10ge'], wireless: [] },
  { name: 'firmware-netronome', wired: ['nfp'], wireless: [] },
  { name: 'firmware-netxen', wired: ['netxen_nic', 'qlcnic'], wireless: [] },
  { name: 'firmware-qlogic', wired: ['bna', 'qed'], wireless: [] },
  { name: 'firmware-realtek', wired: ['r8152', 'r8169'], wireless: ['rtl8*', 'rtw88*', 'rtw89*'] },
  { name: 'firmware-zd1211', wired: [], wireless: ['zd1211rw'] },
];

/** Kinds of network cards, as words in a {@link parseFirmware | firmware setting}. */
export const FIRMWARE_KINDS = ['wired', 'wireless'] as const;

/** Kind of network card, which stands for its firmware packages in a setting. */
export type FirmwareKind = (typeof FIRMWARE_KINDS)[number];

/** Returns the names of the firmware packages for a kind of network card. */
export function networkFirmware(kind: FirmwareKind): readonly string[] {
  return NETWORK_FIRMWARE.filter((firmware) => firmware[kind].length > 0).map(({ name }) => name);
}

/**
 * Parses a setting that selects firmware packages.
 *
 * @param setting - true for all network cards, false for none, or a list of package names and of the words
 *   `wired` and `wireless`
 * @returns names of packages, sorted and without duplicates
 */
export function parseFirmware(setting: boolean | readonly string[]): Result<readonly string[]> {
  const items = setting === true ? FIRMWARE_KINDS : setting === false ? [] : setting;
  const names = new Set<string>();
  for (const item of items) {
    const kind = FIRMWARE_KINDS.find((known) => known === item);
    if (kind !== undefined) {
      for (const name of networkFirmware(kind)) {
        names.add(name);
      }
    } else if (isPackageName(item) && !isMisspelt(item)) {
      names.add(item);
    } else {
      return unknownFirmware(item);
    }
  }
  return success([...names].sort());
}

/**
 * Returns true if a Debian package can have this name (Debian Policy 5.6.1). Names of more than 64
 * characters are refused, which Debian's packages do not have.
 */
function isPackageName(name: string): boolean {
  return name.length <= 64 && /^[a-z0-9][a-z0-9.+-]+$/.test(name);
}

/** Returns true for a word without a hyphen, which is more likely a misspelt kind than a package. */
function isMisspelt(item: string): boolean {
  return !item.includes('-');
}

function unknownFirmware(item: string): Result<never> {
  const names = NETWORK_FIRMWARE.map(({ name }) => name);
  const near = closestWord(item, [...FIRMWARE_KINDS, ...names]);
  return failure(
    'ERR_NETBOOT_INVALID_SELECTION',
    `expected a firmware package, got ${JSON.stringify(item)}`,
    {
      hint: hintWith(
        near,
        'name packages such as firmware-realtek, or the words wired and wireless',
      ),
    },
  );
}
