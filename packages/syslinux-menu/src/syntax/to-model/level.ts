import { type Diagnostic, type SourceSpan } from '../../diagnostics/diagnostic.js';
import { type TextEncoding } from '../../text/encoding.js';
import { type LoadedConfig } from '../language/loaded.js';
import { type CoreSettings } from '../read/core-settings.js';
import { type StartPlan } from '../start/start-plan.js';

/** Codes of findings about parts of a file that the model cannot express. */
export type ModelCode =
  'not-in-model' | 'too-deep' | 'text-changed' | 'entry-added' | 'clock-changed';

/** Reports a difference between the model and the file. */
export type ModelReport = (
  severity: Diagnostic['severity'],
  code: ModelCode,
  message: string,
  span: SourceSpan,
) => void;

/** A configuration as read by ldlinux, and by the menu program that it starts. */
export interface FollowedConfig {
  /** Name of the file. */
  readonly name: string;
  /** Configuration that the menu program has in memory. */
  readonly config: LoadedConfig;
  readonly core: CoreSettings;
  readonly plan: StartPlan;
  readonly encoding: TextEncoding;
}

/** Reads another configuration that an entry leads to; undefined if it cannot be followed. */
export type Follow = (
  names: readonly string[],
  program: 'config' | 'menu',
) => FollowedConfig | undefined;

/** A configuration while its items are being made, and the one that led to it. */
export interface Level {
  readonly from: FollowedConfig;
  readonly around: Level | undefined;
  /** Directory that relative names start from: CONFIG's second word. */
  readonly directory: string;
  /** Number of submenus around this configuration. */
  readonly depth: number;
}

/**
 * Returns true if a menu is shown, or would be if the file (perhaps only a part of one) named a menu
 * program.
 */
export function isMenu({ plan, core }: FollowedConfig): boolean {
  return plan.shows === 'menu' || (plan.fault === 'no-default' && !core.prompt);
}

/** Returns true if the configuration only shows a text above a prompt, like a help screen. */
export function isTextScreen({ plan, core }: FollowedConfig): boolean {
  return plan.shows === 'prompt' && core.files.some(({ kind }) => kind === 'display');
}
