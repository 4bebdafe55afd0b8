import { type DaemonEvent } from '../daemon/daemon-event.js';
import { type RunningDaemon } from '../daemon/daemon-under-test.js';
import { type Machine } from '../machine/machine.js';
import { type DhcpServer } from '../network/dhcp-server.js';
import { type PacketCapture } from '../network/packet-capture.js';

/** What takes part in a boot. */
export interface BootParts {
  readonly daemon: RunningDaemon;
  readonly dhcp: DhcpServer;
  readonly capture: PacketCapture;
  readonly machine: Machine;
}

/** A boot under way: its parts, and how far its story has been read. */
export class Boot implements BootParts {
  readonly daemon: RunningDaemon;
  readonly dhcp: DhcpServer;
  readonly capture: PacketCapture;
  readonly machine: Machine;
  /** How many entries of the daemon's log the stages so far have taken. */
  #logPosition = 0;

  constructor(parts: BootParts) {
    this.daemon = parts.daemon;
    this.dhcp = parts.dhcp;
    this.capture = parts.capture;
    this.machine = parts.machine;
  }

  /**
   * The next event of the daemon's log, after those of earlier stages, that `select` gives a value
   * for. So the order of stages is the order of the log.
   *
   * @param select returns undefined to pass over an event, and throws to fail the stage
   */
  async nextEvent<T>(
    select: (event: DaemonEvent) => T | undefined,
    signal: AbortSignal,
  ): Promise<T> {
    for (;;) {
      const entry = await this.daemon.log.next(this.#logPosition, () => true, signal);
      this.#logPosition = entry.index + 1;
      const selected = select(entry.value);
      if (selected !== undefined) return selected;
    }
  }
}
