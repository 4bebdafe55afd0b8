import { type NetworkNamespace } from '../network/namespace.js';
import { type Journal } from '../process/journal.js';
import { type Program } from '../process/program.js';
import { type DaemonEvent } from './daemon-event.js';

/** Options for starting a daemon. */
export interface DaemonSite {
  readonly namespace: NetworkNamespace;
  /** Directory for its configuration file and log. */
  readonly directory: string;
  /** `pxeboot.yaml` as an object: what differs from the product's defaults. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** A way to run the product: as a Node process, as a container. */
export interface DaemonUnderTest {
  /** `apps/server/dist/main.js` */
  readonly name: string;
  start(site: DaemonSite): Promise<RunningDaemon>;
}

/** A started daemon. Whether it serves yet, its log says. */
export interface RunningDaemon {
  readonly program: Program;
  readonly log: Journal<DaemonEvent>;
}
