/** Firmware interface that a boot file is written for. */
export type FirmwareKind = 'bios' | 'uefi' | 'uBoot' | 'other';

/** Architecture of a client, as registered with IANA for DHCP option 93. */
export interface Architecture {
  readonly firmware: FirmwareKind;
  /** Instruction set of the boot file. */
  readonly cpu:
    | 'x86'
    | 'x64'
    | 'arm32'
    | 'arm64'
    | 'riscv32'
    | 'riscv64'
    | 'riscv128'
    | 'loongarch32'
    | 'loongarch64'
    | 'other';
}

/**
 * Architectures by number. 15 to 20, 23, 24, 26, 28, 30, 38 and 40 are HTTP Boot; RFC 4578 and its erratum
 * disagree on 7 and 9, and x64 firmware sends both.
 */
const ARCHITECTURES: ReadonlyMap<number, Architecture> = new Map<number, Architecture>([
  [0, { firmware: 'bios', cpu: 'x86' }],
  [1, { firmware: 'other', cpu: 'x86' }],
  [2, { firmware: 'uefi', cpu: 'other' }],
  [6, { firmware: 'uefi', cpu: 'x86' }],
  [7, { firmware: 'uefi', cpu: 'x64' }],
  [9, { firmware: 'uefi', cpu: 'x64' }],
  [10, { firmware: 'uefi', cpu: 'arm32' }],
  [11, { firmware: 'uefi', cpu: 'arm64' }],
  [15, { firmware: 'uefi', cpu: 'x86' }],
  [16, { firmware: 'uefi', cpu: 'x64' }],
  [17, { firmware: 'uefi', cpu: 'x64' }],
  [18, { firmware: 'uefi', cpu: 'arm32' }],
  [19, { firmware: 'uefi', cpu: 'arm64' }],
  [20, { firmware: 'bios', cpu: 'x86' }],
  [21, { firmware: 'uBoot', cpu: 'arm32' }],
  [22, { firmware: 'uBoot', cpu: 'arm64' }],
  [23, { firmware: 'uBoot', cpu: 'arm32' }],
  [24, { firmware: 'uBoot', cpu: 'arm64' }],
  [25, { firmware: 'uefi', cpu: 'riscv32' }],
  [26, { firmware: 'uefi', cpu: 'riscv32' }],
  [27, { firmware: 'uefi', cpu: 'riscv64' }],
  [28, { firmware: 'uefi', cpu: 'riscv64' }],
  [29, { firmware: 'uefi', cpu: 'riscv128' }],
  [30, { firmware: 'uefi', cpu: 'riscv128' }],
  [33, { firmware: 'uefi', cpu: 'other' }],
  [34, { firmware: 'uefi', cpu: 'other' }],
  [35, { firmware: 'uefi', cpu: 'other' }],
  [36, { firmware: 'uefi', cpu: 'other' }],
  [37, { firmware: 'uefi', cpu: 'loongarch32' }],
  [38, { firmware: 'uefi', cpu: 'loongarch32' }],
  [39, { firmware: 'uefi', cpu: 'loongarch64' }],
  [40, { firmware: 'uefi', cpu: 'loongarch64' }],
]);

const UNKNOWN: Architecture = { firmware: 'other', cpu: 'other' };

/**
 * Returns the architecture for a number from DHCP option 93; `other` for both fields if the number is
 * unknown.
 */
export function architectureOf(number: number): Architecture {
  return ARCHITECTURES.get(number) ?? UNKNOWN;
}

/** Returns true if the number stands for a known architecture. */
export function isKnownArchitecture(number: number): boolean {
  return ARCHITECTURES.has(number);
}
