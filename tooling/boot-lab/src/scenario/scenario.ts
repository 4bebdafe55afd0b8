import { type Firmware } from '../machine/firmware.js';
import { type LocalDisk } from '../machine/local-disk.js';
import { type DhcpAnswer } from '../network/dhcp-configuration.js';
import { type Stage } from '../stage/stage.js';
import { type StoreContent } from '../store/store-content.js';

/** A boot to verify: a machine, its DHCP answer, and the expected stages. */
export interface Scenario {
  /** Name on the command line. */
  readonly name: string;
  /** Description for `--help`; one line. */
  readonly summary: string;
  readonly firmware: Firmware;
  readonly dhcp: DhcpAnswer;
  /** Settings for `pxeboot.yaml`; the lab adds `dataDir`. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Stores to boot against: the first, unless the command line names another. */
  readonly stores: readonly [StoreContent, ...StoreContent[]];
  /** System on the local disk, which boots if the firmware tries it. @default no disk */
  readonly disk?: LocalDisk;
  /** True to serve a modified GRUB. @default false */
  readonly tampered?: boolean;
  /**
   * Stages in order. Network, daemon and machine exist when the first one starts; the machine is
   * off.
   */
  stages(store: StoreContent): readonly Stage[];
}
