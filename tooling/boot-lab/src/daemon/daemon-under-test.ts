import { type Journal, type Namespace, type Program } from '@pxe/lab-host';

import { type DaemonEvent } from './daemon-event.js';

/** Options for starting a daemon. */
export interface DaemonSite {
  readonly namespace: Namespace;
  /** Directory for its configuration file and log. */
  readonly directory: string;
  /** `pxeboot.yaml` as an object, without defaults. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** A way to run the daemon, such as a Node process, a container or the pods of a cluster. */
export interface DaemonUnderTest {
  /** Name, such as the path of its entry file. */
  readonly name: string;
  start(site: DaemonSite): Promise<RunningDaemon>;
}

/** A started daemon. Its log says when it is ready. */
export interface RunningDaemon {
  readonly program: Program;
  readonly log: Journal<DaemonEvent>;
}
