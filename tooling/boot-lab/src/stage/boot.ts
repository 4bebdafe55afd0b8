import { type DaemonStory } from '../daemon/daemon-story.js';
import { type RunningDaemon } from '../daemon/daemon-under-test.js';
import { type Machine } from '../machine/machine.js';
import { type DhcpServer } from '../network/dhcp-server.js';
import { type PacketCapture } from '../network/packet-capture.js';

/** A boot under way: what takes part in it, and how far its story has been read. */
export interface Boot {
  readonly daemon: RunningDaemon;
  /** The daemon's log, as far as the stages have taken it. */
  readonly story: DaemonStory;
  readonly dhcp: DhcpServer;
  readonly capture: PacketCapture;
  readonly machine: Machine;
}
