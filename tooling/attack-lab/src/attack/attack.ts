import { type ForgedDatagrams } from '../attacker/forged-datagrams.js';
import { type Daemon, type DaemonOptions } from '../daemon/daemon.js';
import { type Measurement } from '../figure/figure.js';
import { type LabNetwork } from '../network/lab-network.js';
import { type LabStore } from '../store/lab-store.js';

/** Extent of a run: `short` for CI, `full` for the figures in docs/security.md. */
export type Profile = 'short' | 'full';

/** Environment of an attack: a network, a store, and daemons started from the build under attack. */
export interface AttackSite {
  readonly network: LabNetwork;
  readonly store: LabStore;
  readonly forged: ForgedDatagrams;
  readonly profile: Profile;
  /** The build's entry file, for running other commands. */
  readonly main: string;
  /** Directory of this attack. */
  readonly directory: string;
  /** Starts a daemon of the build, by default on the lab's store. */
  readonly start: (options?: Partial<Omit<DaemonOptions, 'main' | 'network'>>) => Promise<Daemon>;
  /** Prints a progress line. */
  readonly tell: (text: string) => void;
}

/** An attack on the daemon, with the figures that it measures. */
export interface Attack {
  readonly name: string;
  readonly summary: string;
  run(site: AttackSite): Promise<readonly Measurement[]>;
}
