import { type Firmware } from '../machine/firmware.js';
import { type LocalDisk } from '../machine/local-disk.js';
import { type DhcpAnswer } from '../network/dhcp-configuration.js';
import { type Stage } from '../stage/stage.js';
import { type StoreContent } from '../store/store-content.js';

/** A boot to be proven: a machine, what DHCP tells it, and what has to happen. */
export interface Scenario {
  /** As on the command line. */
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  readonly firmware: Firmware;
  readonly dhcp: DhcpAnswer;
  /** `pxeboot.yaml` beyond the product's defaults; the lab adds `dataDir`. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** The stores that it boots against: the first, unless the command line names another. */
  readonly stores: readonly [StoreContent, ...StoreContent[]];
  /** A system on a local disk, which boots when the firmware gets to it. @default no disk */
  readonly disk?: LocalDisk;
  /** True to serve a GRUB that is not quite Debian's. @default false */
  readonly tampered?: boolean;
  /** In order. Network, daemon and machine exist when the first begins; the machine is off. */
  stages(store: StoreContent): readonly Stage[];
}
