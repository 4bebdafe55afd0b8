import cliProgress, { type SingleBar } from 'cli-progress';

import { type SyncEvent, type SyncEventListener } from '@pxe/debian-netboot';

import { SyncProgress } from '../../images/sync-progress.js';
import { quietText, syncMessage } from '../../log/sync-message.js';
import { shown } from '../terminal.js';
import { rowText } from './row-text.js';

const { Format, MultiBar, Presets } = cliProgress;

/** Progress bars of a sync on a terminal. */
export interface ProgressBars {
  readonly onEvent: SyncEventListener;
  /** Removes the bars and restores the cursor. */
  stop(): void;
}

/** Assumed width of a terminal that does not report it, in columns. */
const USUAL_COLUMNS = 80;

/** Interval between lines while the sync makes no progress, in milliseconds. */
const SAY_EVERY_MS = 10_000;

/** Erases the line from the cursor to its end (ECMA-48 §8.3.41). */
const ERASE_TO_END = '\u001B[K';

/** Width of the bars of source steps, and maximum width of the others, in columns. */
const BAR_WIDTH = 24;

/**
 * Creates progress bars: one for all images, one per image in progress and one per step of the source. Each
 * finished step of the sync is printed as a line above the bars; so is the time without progress, every ten
 * seconds.
 */
export function progressBars(stream: NodeJS.WriteStream): ProgressBars {
  const progress = new SyncProgress([], Date.now());
  const bars = new Map<string, SingleBar>();
  let lastActivity: string | undefined;
  const screen = new MultiBar(
    {
      stream,
      clearOnComplete: true,
      hideCursor: true,
      barsize: BAR_WIDTH,
      // Rows always fit, but lines may be wider than the terminal and must not be cut off.
      linewrap: true,
      format: (options, { progress: fraction }, { title, isStep }: BarPayload) =>
        isStep
          ? `${Format.BarFormat(fraction, options)} ${Math.floor(fraction * 100)}%  ${title}`
          : rowText(
              progress.row(title, Date.now()),
              Math.max(...progress.titles.map(({ length }) => length)),
              stream.columns || USUAL_COLUMNS,
              (part, barsize) => Format.BarFormat(part, { ...options, barsize }),
            ),
    },
    Presets.shades_classic,
  );

  function show(title: string, isStep: boolean, value: number, total: number): void {
    const payload: BarPayload = { title: shown(title), isStep };
    const bar = bars.get(title) ?? screen.create(total, 0, payload);
    bars.set(title, bar);
    bar.setTotal(total);
    bar.update(value);
  }

  function hide(title: string): void {
    const bar = bars.get(title);
    if (bar !== undefined) {
      screen.remove(bar);
    }
    bars.delete(title);
  }

  /** Prints a line: above the bars with their next update, or immediately if there are none. */
  function print(line: string): void {
    if (bars.size === 0) {
      stream.write(`${line}\n`);
    } else {
      // A wrapped line may end on a row of the previous frame, so the rest of the row is erased, unless the
      // line fills it.
      const isFull = line.length % (stream.columns || USUAL_COLUMNS) === 0;
      screen.log(isFull ? `${line}\n` : `${line}${ERASE_TO_END}\n`);
    }
  }

  function followStep({ activity, fraction }: SyncEvent & { type: 'sourceProgressed' }): void {
    if (fraction === undefined) {
      if (activity !== lastActivity) {
        print(shown(activity));
      }
      lastActivity = activity;
      return;
    }
    show(activity, true, Math.round(fraction * 1000), 1000);
    if (fraction >= 1) {
      hide(activity);
    }
  }

  function follow(event: SyncEvent): void {
    progress.follow(event, Date.now());
    if (event.type === 'sourceProgressed') {
      followStep(event);
      return;
    }
    for (const title of progress.titles) {
      const { received, total } = progress.row(title, Date.now());
      show(title, false, received, total);
    }
    const line = syncMessage(event);
    if (line !== undefined) {
      print(shown(line));
    }
  }

  const timer = setInterval(() => {
    const { activity, quietMs } = progress.overall(Date.now());
    const quiet = quietText(quietMs);
    if (quiet !== undefined) {
      print(shown([activity, quiet].filter((part) => part !== undefined).join(', ')));
    }
  }, SAY_EVERY_MS);

  return {
    onEvent: follow,
    stop() {
      clearInterval(timer);
      // The last lines were waiting for an update that would never come.
      if (bars.size > 0) {
        screen.update();
      }
      screen.stop();
    },
  };
}

interface BarPayload {
  readonly title: string;
  /** True for a step of the source, which reports only a fraction. */
  readonly isStep: boolean;
}
