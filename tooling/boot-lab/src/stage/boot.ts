import { type Namespace } from '@pxe/lab-host';

import { type DaemonStory } from '../daemon/daemon-story.js';
import { type RunningDaemon } from '../daemon/daemon-under-test.js';
import { type WatchedDashboard } from '../dashboard/watched-dashboard.js';
import { type Machine } from '../machine/machine.js';
import { type DhcpServer } from '../network/dhcp-server.js';
import { type IpVersion } from '../network/lab-network.js';
import { type PacketCapture } from '../network/packet-capture.js';

/** A boot in progress: its components, and the position in the daemon's log. */
export interface Boot {
  readonly namespace: Namespace;
  readonly daemon: RunningDaemon;
  /** The daemon's log, from where the last stage stopped reading. */
  readonly story: DaemonStory;
  readonly dhcp: DhcpServer;
  /** ProxyDHCP service other than the daemon's own, if the scenario has one. */
  readonly dhcpProxy?: DhcpServer;
  /** Version of the Internet Protocol that the machine boots over. */
  readonly ipVersion: IpVersion;
  readonly capture: PacketCapture;
  readonly machine: Machine;
  /**
   * Runs a pxeboot command that queries the daemon.
   *
   * @returns its standard output
   */
  readonly pxeboot: (...args: readonly string[]) => Promise<string>;
  /** Disk that the machine is installed on, if the scenario installs it. */
  readonly installedDisk?: string;
  /** The daemon's dashboard, if the scenario watches it. */
  readonly dashboard?: WatchedDashboard;
}
