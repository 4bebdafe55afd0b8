import { type SourceSpan } from '../../diagnostic.js';

/** What ldlinux keeps of a file beside labels: settings of the boot prompt and of the screen. */
export interface CoreSettings {
  /** The command that starts without being asked: the UI, else DEFAULT. */
  defaultCommand: string | undefined;
  /** UI: the program that draws the menu, and its arguments. */
  ui: string | undefined;
  /** PROMPT. */
  prompt: boolean;
  /** IMPLICIT. */
  implicit: boolean;
  /** NOESCAPE. */
  noEscape: boolean;
  /** TIMEOUT, the last one, in tenths of a second. */
  timeoutTenths: number;
  /** ONTIMEOUT: the command when the time is over. */
  onTimeout: string | undefined;
  /** ONERROR: the command when a kernel is not found. */
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
}

/** The settings before a file is read. */
export function defaultCoreSettings(): CoreSettings {
  return {
    defaultCommand: undefined,
    ui: undefined,
    prompt: false,
    implicit: true,
    noEscape: false,
    timeoutTenths: 0,
    onTimeout: undefined,
    onError: undefined,
    serial: undefined,
    say: [],
    path: [],
    files: [],
  };
}
