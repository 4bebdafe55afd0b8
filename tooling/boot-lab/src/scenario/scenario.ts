import { type Firmware } from '../machine/firmware.js';
import { type LocalDisk } from '../machine/local-disk.js';
import { type DhcpAnswer } from '../network/dhcp-configuration.js';
import { type DhcpProxyName, type DhcpServerName } from '../network/dhcp-server.js';
import { type IpVersion } from '../network/lab-network.js';
import { type Stage } from '../stage/stage.js';
import { type StoreChange } from '../store/changed-store.js';
import { type FileSite, type Settings } from '../store/fetched-store.js';
import { type StoreContent } from '../store/store-content.js';

/** A boot to verify: a machine, its DHCP answer, and the expected stages. */
export interface Scenario {
  /** Name on the command line. */
  readonly name: string;
  /** Description for `--help`; one line. */
  readonly summary: string;
  readonly firmware: Firmware;
  /** True for a boot that must fail, with a diagnosis. @default false */
  readonly isFault?: boolean;
  /** True to make the iPXE in the card's ROM look like the PXE ROM of another vendor. @default false */
  readonly hidesIpxe?: boolean;
  readonly dhcp: DhcpAnswer;
  /**
   * DHCP server, which understands only `product` and `addressOnly` unless it is dnsmasq. @default 'dnsmasq'
   */
  readonly dhcpServer?: DhcpServerName;
  /**
   * ProxyDHCP service next to the DHCP server, with the lines from `pxeboot dhcp` for it. The DHCP server
   * must share port 67, as ISC dhcpd does. @default none
   */
  readonly dhcpProxy?: DhcpProxyName;
  /** Version of the Internet Protocol of the addresses that the DHCP server leases. @default 4 */
  readonly ipVersion?: IpVersion;
  /** Settings for `pxeboot.yaml`; the lab adds `dataDir`. */
  readonly configuration: Settings;
  /**
   * Returns further settings, whose files are fetched into the store before the boot. Requires
   * `storeChange`, which makes the lab use a copy of the store. @default none
   */
  readonly fetches?: (site: FileSite) => Promise<Settings>;
  /** Stores to boot against: the first, unless the command line names another. */
  readonly stores: readonly [StoreContent, ...StoreContent[]];
  /** System on the local disk, which boots if the firmware tries it. @default no disk */
  readonly disk?: LocalDisk;
  /** Change to the store. @default none */
  readonly storeChange?: StoreChange;
  /**
   * True for a machine that is installed: it has an empty USB disk, and its installer gets an archive with
   * stand-ins for the components that write to it. Requires `storeChange`. @default false
   */
  readonly installs?: boolean;
  /** True to watch the dashboard in a browser. @default false */
  readonly watchesDashboard?: boolean;
  /**
   * nftables rules that match the packets to drop on their way from the machine to the daemon. @default none
   */
  readonly lostRequests?: readonly string[];
  /**
   * nftables rules that match the packets to drop on their way from the daemon to the machine. @default none
   */
  readonly firewall?: readonly string[];
  /** True for a machine that starts again when its firmware has nothing left to boot. @default false */
  readonly reboots?: boolean;
  /**
   * Stages in order. Network, daemon and machine exist when the first one starts; the machine is
   * off.
   */
  stages(store: StoreContent): readonly Stage[];
}
