import { type StoredTarget } from '@pxe/debian-netboot';

import { type FetchStatus } from '../../images/fetch-status.js';
import { type ProgressRow } from '../../images/sync-progress.js';
import { quietText } from '../../log/sync-message.js';
import {
  bootSentence,
  durationText,
  firmwareText,
  machineName,
  outcomeText,
  spanText,
} from '../../machines/boot-text.js';
import { type Boot } from '../../machines/boot.js';
import { rowText } from '../progress/row-text.js';
import { shownInLine } from '../terminal.js';

/** Everything that the panel shows. */
export interface PanelState {
  /** TFTP addresses in use, as displayed: `192.0.2.1:69`. */
  readonly tftp: readonly string[];
  readonly http: readonly string[];
  readonly admin: readonly string[];
  /** Lines for the DHCP server. */
  readonly dhcp: readonly string[];
  /** Command that prints the configuration for other DHCP servers. */
  readonly dhcpCommand: string;
  /** Texts about the networks that ProxyDHCP serves; empty without ProxyDHCP. */
  readonly network: readonly string[];
  /** Reason why firmware cannot use this server as it is, and the remedy. */
  readonly obstacle: string | undefined;
  /** Other problems with this host, each with its remedy. */
  readonly problems: readonly string[];
  /**
   * Explanation that another daemon uses the data directory, and the consequences; undefined if none does.
   */
  readonly otherDaemon: string | undefined;
  readonly fetch: FetchStatus;
  /** Progress of the images that are being fetched. */
  readonly rows: readonly ProgressRow[];
  /** Images that are served. */
  readonly images: readonly Pick<StoredTarget, 'suite' | 'arch' | 'variant'>[];
  /** Boots in the order of their first requests. */
  readonly boots: readonly Boot[];
  /** Description of the work that a stopping daemon waits for; undefined while the daemon runs. */
  readonly stopping: string | undefined;
  /** Current time, in milliseconds since 1970. */
  readonly now: number;
}

/** Terminal that the panel must fit into. */
export interface PanelView {
  readonly columns: number;
  readonly rows: number;
  /** False for terminals that show only ASCII. */
  readonly isUnicode: boolean;
}

/** Line of the panel. */
export interface PanelLine {
  /** Text that is safe to print. */
  readonly text: string;
  /**
   * Meaning, which determines the colour.
   * @default plain text
   */
  readonly tone?: 'heading' | 'good' | 'bad' | 'faint';
}

/** Width of the labels on the left, in columns. */
const LABEL_WIDTH = 8;

/** Number of lines about boots that take precedence over other lines if the terminal has too few rows. */
const MIN_BOOT_LINES = 4;

/**
 * Returns the lines of the panel, each shorter than the width of the terminal. If the terminal has too few
 * rows for all of them, the blank lines are left out first, then the DHCP lines, the addresses and the
 * images; the last lines about boots and the note about stopping remain.
 */
export function panelLines(state: PanelState, view: PanelView): readonly PanelLine[] {
  const width = Math.max(1, view.columns - 1);
  const height = Math.max(1, view.rows - 1);
  const boots = bootLines(state, width);
  const addresses = section('pxeboot', addressTexts(state), width, 'heading');
  const images = imageLines(state, view, width);
  const dhcp = dhcpLines(state, width);
  const stopping =
    state.stopping === undefined
      ? []
      : wrapped(state.stopping, width).map((text): PanelLine => ({ text, tone: 'faint' }));
  const blank: PanelLine = { text: '' };
  const layouts: readonly (readonly PanelLine[])[] = [
    [blank, ...addresses, blank, ...images, blank, ...dhcp, blank],
    [...addresses, ...images, ...dhcp],
    [...addresses, ...images],
    images,
    [],
  ];
  const needed = Math.min(boots.length, MIN_BOOT_LINES) + stopping.length;
  const above = layouts.find(({ length }) => length + needed <= height) ?? [];
  const room = Math.max(1, height - above.length - stopping.length);
  return [...above, ...boots.slice(-room), ...stopping]
    .slice(-height)
    .map((line) => ({ ...line, text: cut(shownInLine(line.text), width) }));
}

/** Cuts off the end of a text that is too wide, but never in the middle of a character. */
function cut(text: string, width: number): string {
  return text.slice(0, width).replace(/[\uD800-\uDBFF]$/, '');
}

function addressTexts({ tftp, http, admin }: PanelState): readonly string[] {
  return [
    `TFTP ${tftp.join(', ')}`,
    `HTTP ${http.map((address) => `http://${address}/`).join(', ')}`,
    `dashboard ${admin.map((address) => `http://${address}/`).join(', ')}`,
  ];
}

function imageLines(
  { fetch, rows, images, now }: PanelState,
  { columns, isUnicode }: PanelView,
  width: number,
): readonly PanelLine[] {
  const ready = imageGroups(images);
  const lines = ready.length === 0 ? [] : section('ready', [ready.join('; ')], width, 'good');
  if (fetch.state === 'fetching' && !(fetch.isStored && ready.length > 0)) {
    const { percent, activity, quietMs } = fetch.overall;
    const what =
      ready.length === 0
        ? `fetching, ${percent}%: machines can boot when this is complete`
        : `fetching newer ones, ${percent}%`;
    const notes = [rows.length === 0 ? activity : undefined, quietText(quietMs)].filter(
      (note) => note !== undefined,
    );
    const step = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
    const titleWidth = Math.max(0, ...rows.map(({ title }) => title.length));
    const bars = rows.map((row) => ({
      text: `  ${rowText(row, titleWidth, columns - 2, (fraction, size) => barText(fraction, size, isUnicode))}`,
    }));
    return [...lines, ...section('images', [`${what}${step}`], width), ...bars];
  }
  if (fetch.state === 'failed') {
    const seconds = Math.max(0, Math.ceil((fetch.retryAt - now) / 1000));
    const texts = [fetch.reason, fetch.hint, `trying again in ${seconds} s`];
    const text = texts.filter((part) => part !== undefined).join('; ');
    return [...lines, ...section('images', [text], width, 'bad')];
  }
  if (fetch.state === 'elsewhere') {
    return [...lines, ...section('images', ['another process is fetching them'], width)];
  }
  return lines.length === 0 ? section('images', ['none yet'], width) : lines;
}

/** Groups images by suite and architecture: `trixie amd64 (text, gtk)`. */
function imageGroups(images: PanelState['images']): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const { suite, arch, variant } of images) {
    const title = `${suite} ${arch}`;
    groups.set(title, [...(groups.get(title) ?? []), variant]);
  }
  return [...groups].map(([title, variants]) => `${title} (${variants.join(', ')})`);
}

function barText(fraction: number, columns: number, isUnicode: boolean): string {
  const [full, empty] = isUnicode ? ['█', '░'] : ['#', '-'];
  const done = Math.round(Math.min(1, fraction) * columns);
  return `${full.repeat(done)}${empty.repeat(columns - done)}`;
}

function dhcpLines(state: PanelState, width: number): PanelLine[] {
  const { dhcp, dhcpCommand, network, obstacle, problems, otherDaemon } = state;
  const texts = network.length === 0 ? [...dhcp, `other DHCP servers: ${dhcpCommand}`] : network;
  return [
    ...section('DHCP', texts, width),
    ...(obstacle === undefined ? [] : section('', [obstacle], width, 'bad')),
    ...section('doctor', problems, width, 'bad'),
    ...(otherDaemon === undefined ? [] : section('history', [otherDaemon], width, 'bad')),
  ];
}

function bootLines({ boots, now }: PanelState, width: number): readonly PanelLine[] {
  if (boots.length === 0) {
    const text = 'Waiting for the first machine: boot one from the network (PXE).';
    return section('boots', [text], width, 'faint');
  }
  return boots.flatMap((boot): PanelLine[] => {
    const { outcome, startedAt, diagnosis } = boot;
    const isFailed = outcome === 'failed';
    const machine = [
      new Date(startedAt).toTimeString().slice(0, 8).padEnd(10),
      machineName(boot).padEnd(18),
      firmwareText(boot).padEnd(11),
    ].join('');
    const progress = [
      outcomeText(boot).padEnd(22),
      outcome === 'booting' ? spanText(now - startedAt, 0) : durationText(boot),
    ].join('');
    const facts =
      machine.length + progress.length < width
        ? [`${machine} ${progress}`]
        : [machine, `${' '.repeat(LABEL_WIDTH)}${progress}`];
    const tone = isFailed ? 'bad' : outcome === 'installer' ? 'good' : undefined;
    const isExplained = isFailed || diagnosis !== undefined || outcome === 'menu';
    const why = isExplained ? wrapped(bootSentence(boot), width - LABEL_WIDTH) : [];
    return [
      ...facts.map((text) => text.trimEnd()),
      ...why.map((text) => `${' '.repeat(LABEL_WIDTH)}${text}`),
    ].map((text) => (tone === undefined ? { text } : { text, tone }));
  });
}

/**
 * Stacks texts vertically, each on as many lines as it needs, with a label to the left of the first line.
 */
function section(
  label: string,
  texts: readonly string[],
  width: number,
  tone?: PanelLine['tone'],
): PanelLine[] {
  return texts
    .flatMap((text) => wrapped(text, width - LABEL_WIDTH))
    .map((text, index) => {
      const line = `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${text}`;
      return tone === undefined ? { text: line } : { text: line, tone };
    });
}

/**
 * Makes a text safe to print, and breaks it between words; a word that is too long stays whole. Text from
 * peers is made safe here, before it is wrapped, since a secret may not be recognisable in part of the text:
 * for example, a password in a URL that is cut off before its `@`.
 */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of shownInLine(text).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
