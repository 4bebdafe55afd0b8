import { type Arch } from '@pxe/debian-netboot/catalog';

import { type HostKey } from '../hosts/install.js';
import { type Firmware, type StageName, STAGES } from './file-role.js';
import { type InstallerStep } from './installer-step.js';
import { type SightingResult } from './sighting.js';

/** One step of a boot: the last fetch of the file that marks it. */
export interface BootStage {
  readonly name: StageName;
  readonly path: string;
  readonly transport: 'tftp' | 'http';
  /** Time at which the first request began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Time at which the last request ended, in milliseconds since 1970. */
  readonly endedAt: number;
  /** Number of bytes that the client received in the last request, once known. */
  readonly bytes?: number;
  /** Size of the file in bytes, if it is known. */
  readonly size?: number;
  readonly result: SightingResult;
  /** Number of fetches, not counting requests for only the size. */
  readonly fetches: number;
  readonly blksize?: number;
  readonly windowsize?: number;
  /** True for a kernel whose modules the archive no longer has. */
  readonly isStale?: boolean;
}

/** File that the server does not have or refused to serve. */
export interface RefusedFile {
  readonly path: string;
  readonly transport: 'tftp' | 'http';
  readonly result: SightingResult;
  /** Time at which the request ended, in milliseconds since 1970; missing in records of older versions. */
  readonly at?: number;
  readonly reason?: string;
}

/**
 * Progress of a boot.
 *
 * - `booting`: requests are still arriving
 * - `installer`: the machine has the kernel and the initrd, or all files of an extra entry
 * - `local`: the menu of the machine boots its local disk immediately
 * - `menu`: the machine has the menu but has not loaded an entry: someone may still choose one, or the
 *   machine has booted its local disk
 * - `failed`: the machine stopped before reaching any of these; `diagnosis` gives the cause, if a rule
 *   matches
 */
export type BootOutcome = 'booting' | 'installer' | 'local' | 'menu' | 'failed';

/** Request that a diagnosis is based on. */
export interface Evidence {
  /** Time at which the request ended, in milliseconds since 1970. */
  readonly at?: number;
  readonly transport: 'tftp' | 'http';
  readonly path: string;
  readonly result: SightingResult;
  readonly bytes?: number;
  readonly size?: number;
  /** Number of fetches of the file. */
  readonly fetches?: number;
  readonly reason?: string;
}

/** Cause of a failure, and its fix. */
export interface Diagnosis {
  /** Stable name of the rule. */
  readonly rule: string;
  readonly cause: string;
  /** Fix, in the imperative. */
  readonly fix: string;
  /** Requests that made the rule match; missing in records of older versions. */
  readonly evidence?: readonly Evidence[];
}

/** One boot of one machine, as reconstructed from its requests. */
export interface Boot {
  /** Unique id. The ids of the boots that began during one run of a daemon are ascending. */
  readonly id: number;
  readonly address: string;
  readonly mac?: string;
  readonly uuid?: string;
  readonly firmware?: Firmware;
  readonly arch?: Arch;
  /** Time at which the first request began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Time of the last request, in milliseconds since 1970. */
  readonly lastSeenAt: number;
  /** Stages that the boot has reached, in the order of {@link STAGES}. */
  readonly stages: readonly BootStage[];
  /**
   * Most recent files that were not served, at most 16; optional files of firmware are left out.
   */
  readonly refused: readonly RefusedFile[];
  /** Last steps of the installer, at most {@link MAX_INSTALLER_STEPS}; missing if it has not sent its log. */
  readonly installer?: readonly InstallerStep[];
  /** SSH host keys of the installed system; missing if it has no SSH server, or did not report them. */
  readonly hostKeys?: readonly HostKey[];
  /** Number of machines seen at this address in the same ten minutes, including this one. */
  readonly machinesAtAddress: number;
  /** True if the machine's menu boots the local disk immediately. */
  readonly bootsDisk?: true;
  /** False as long as every request may have been forged. */
  readonly proven: boolean;
  readonly outcome: BootOutcome;
  readonly diagnosis?: Diagnosis;
}

/** Maximum number of steps of an installer that a boot keeps. */
export const MAX_INSTALLER_STEPS = 64;

/** Returns the stage with this name, if the boot has reached it. */
export function stageOf({ stages }: Boot, name: StageName): BootStage | undefined {
  return stages.find((stage) => stage.name === name);
}

/**
 * Returns the last stage that a boot has reached, as an index into {@link STAGES}; -1 before the
 * first.
 */
export function progressOf({ stages }: Pick<Boot, 'stages'>): number {
  const last = stages.at(-1);
  return last === undefined ? -1 : STAGES.indexOf(last.name);
}
