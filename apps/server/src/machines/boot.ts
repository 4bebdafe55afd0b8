import { type Arch } from '@pxe/debian-netboot';

import { type Firmware, type StageName, STAGES } from './file-role.js';
import { type SightingResult } from './sighting.js';

/** One step of a boot: the file that stands for it, as it was fetched last. */
export interface BootStage {
  readonly name: StageName;
  readonly path: string;
  readonly transport: 'tftp' | 'http';
  /** Time of the first request, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Time at which the last request ended, in milliseconds since 1970. */
  readonly endedAt: number;
  /** Bytes that the client has of the file by the last request, once that is known. */
  readonly bytes?: number;
  /** Size of the file in bytes, if it is known. */
  readonly size?: number;
  readonly result: SightingResult;
  /** Number of fetches; a request for the size only does not count. */
  readonly fetches: number;
  readonly blksize?: number;
  readonly windowsize?: number;
}

/** A file that the server does not have or did not give. */
export interface RefusedFile {
  readonly path: string;
  readonly transport: 'tftp' | 'http';
  readonly result: SightingResult;
  readonly reason?: string;
}

/**
 * Progress of a boot.
 *
 * - `booting`: requests still come
 * - `installer`: the machine has the kernel and the initrd
 * - `menu`: the machine has the menu and has loaded nothing from it: somebody may still choose, or
 *   it has booted its local disk
 * - `failed`: it stopped before that, and `diagnosis` says why where a rule knows
 */
export type BootOutcome = 'booting' | 'installer' | 'menu' | 'failed';

/** Cause of a failure, and what to do about it. */
export interface Diagnosis {
  /** Name of the rule, stable. */
  readonly rule: string;
  readonly cause: string;
  /** In the imperative. */
  readonly fix: string;
}

/** One boot of one machine, as far as its requests tell. */
export interface Boot {
  /** Unique in this run of the daemon, ascending. */
  readonly id: number;
  readonly address: string;
  readonly mac?: string;
  readonly uuid?: string;
  readonly firmware?: Firmware;
  readonly arch?: Arch;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Time of the last request, in milliseconds since 1970. */
  readonly lastSeenAt: number;
  /** In the order of {@link STAGES}. */
  readonly stages: readonly BootStage[];
  /** The last files that were not served, at most 16; optional files of firmware are left out. */
  readonly refused: readonly RefusedFile[];
  /** Machines seen at this address in the same ten minutes, this one included. */
  readonly machinesAtAddress: number;
  /** False while every request may have been forged. */
  readonly proven: boolean;
  readonly outcome: BootOutcome;
  readonly diagnosis?: Diagnosis;
}

/** The stage of this name, if the boot has reached it. */
export function stageOf({ stages }: Boot, name: StageName): BootStage | undefined {
  return stages.find((stage) => stage.name === name);
}

/** The last stage that a boot has reached, as an index of {@link STAGES}; -1 before the first. */
export function progressOf({ stages }: Pick<Boot, 'stages'>): number {
  const last = stages.at(-1);
  return last === undefined ? -1 : STAGES.indexOf(last.name);
}
