import { type Firmware } from '../machine/firmware.js';
import { type DhcpAnswer } from '../network/dhcp-configuration.js';
import { type Stage } from '../stage/stage.js';

/** A boot to be proven: a machine, what DHCP tells it, and what has to happen. */
export interface Scenario {
  /** As on the command line. */
  readonly name: string;
  /** One line for `--list`. */
  readonly summary: string;
  readonly firmware: Firmware;
  readonly dhcp: DhcpAnswer;
  /** `pxeboot.yaml` beyond the product's defaults; the lab adds `dataDir`. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** In order. Network, daemon and machine exist when the first begins; the machine is off. */
  readonly stages: readonly Stage[];
}
