import { type ServerConfig } from '../config/schema.js';
import { type Finding } from '../self-check/finding.js';
import { type ClientKind } from './client-kind.js';

/** Options of `runDoctor`. */
export interface DoctorOptions {
  readonly config: Pick<ServerConfig, 'dataDir' | 'access' | 'http'>;
  /** Name of the interface to test. @default the interface with the default route */
  readonly interface?: string;
  /**
   * Kind of client to act as.
   * @default BIOS and UEFI x64, and other kinds that get a different boot file
   */
  readonly as?: ClientKind;
  /**
   * IPv4 address of the boot server to check.
   * @default the one that DHCP names, or that of this host
   */
  readonly server?: string;
  readonly onEvent: (event: DoctorEvent) => void;
  readonly signal: AbortSignal;
}

/** Progress of the report. */
export type DoctorEvent =
  | { readonly type: 'step'; readonly title: string }
  /**
   * Line of the report. It starts with `>` for what was sent, `<` for what was received, or `=` for a fact.
   */
  | { readonly type: 'line'; readonly text: string };

/** Step of the report. */
export interface DoctorStep {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Result of `runDoctor`. */
export interface DoctorReport {
  readonly steps: readonly DoctorStep[];
  readonly findings: readonly Finding[];
}

/** Title of the first step. */
export const FIRST_STEP = 'link';
