import { type SourceSpan } from '../../diagnostics/diagnostic.js';

/** Locations of the settings that decide what is shown or started first. */
export type CoreSpans = Partial<
  Record<
    | 'default'
    | 'ui'
    | 'prompt'
    | 'implicit'
    | 'noEscape'
    | 'timeout'
    | 'totalTimeout'
    | 'onTimeout',
    SourceSpan
  >
>;

/** Settings that ldlinux keeps in addition to labels: those of the boot prompt and screen. */
export interface CoreSettings {
  /** Command that starts without input: the last UI, otherwise the last DEFAULT. */
  defaultCommand: string | undefined;
  /** The last DEFAULT, which ldlinux ignores if there is a UI. */
  globalDefault: string | undefined;
  /** UI: the program that draws the menu, and its arguments. */
  ui: string | undefined;
  /** PROMPT: true if the boot prompt is shown even if DEFAULT can start. */
  prompt: boolean;
  /** IMPLICIT: true if commands that do not begin with a label can start. */
  implicit: boolean;
  /** NOESCAPE: holding Shift or Alt, or Caps Lock or Scroll Lock, does not bring up the prompt. */
  noEscape: boolean;
  /** Milliseconds that the boot prompt waits (the last TIMEOUT); 0 for none. */
  timeoutMs: number;
  /** TOTALTIMEOUT in milliseconds, which keys do not stop; 0 for none. */
  totalTimeoutMs: number;
  /** ONTIMEOUT: the command that runs after the timeout. */
  onTimeout: string | undefined;
  /** ONERROR: the command that runs when a kernel is not found. */
  onError: string | undefined;
  /** SERIAL: port number or I/O address, and bits per second. */
  serial: { readonly port: number; readonly baud: number } | undefined;
  /** SAY texts, in order. */
  readonly say: string[];
  /** PATH: directories in which modules are looked for. */
  readonly path: string[];
  /** Files named by DISPLAY, FONT, KBDMAP and F1 to F12. */
  readonly files: {
    readonly kind: 'display' | 'font' | 'kbdmap' | 'function-key';
    readonly file: string;
    readonly span: SourceSpan;
  }[];
  /** Locations of the settings that decide what is shown or started first. */
  readonly spans: CoreSpans;
}

/** Returns the settings before a file is read. */
export function defaultCoreSettings(): CoreSettings {
  return {
    defaultCommand: undefined,
    globalDefault: undefined,
    ui: undefined,
    prompt: false,
    implicit: true,
    noEscape: false,
    timeoutMs: 0,
    totalTimeoutMs: 0,
    onTimeout: undefined,
    onError: undefined,
    serial: undefined,
    say: [],
    path: [],
    files: [],
    spans: {},
  };
}
