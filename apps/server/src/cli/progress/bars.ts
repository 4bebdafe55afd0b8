import cliProgress, { type SingleBar } from 'cli-progress';

import { type SyncEvent, type SyncEventListener } from '@pxe/debian-netboot';

import { syncMessage } from '../../log/sync-message.js';
import { sizeText } from '../quantity.js';
import { shown } from '../terminal.js';
import { type ProgressRow, SyncProgress } from './sync-progress.js';

const { Format, MultiBar, Presets } = cliProgress;

/** Bars of a sync on a terminal. */
export interface ProgressBars {
  readonly onEvent: SyncEventListener;
  /** Takes the bars off the screen and gives the cursor back. */
  stop(): void;
}

const BAR_WIDTH = 24;

/**
 * Draws a bar for all images together, one for each image under way and one for each step of the
 * source; finished steps become lines above them.
 */
export function progressBars(stream: NodeJS.WriteStream): ProgressBars {
  const progress = new SyncProgress();
  const bars = new Map<string, SingleBar>();
  const screen = new MultiBar(
    {
      stream,
      clearOnComplete: true,
      hideCursor: true,
      barsize: BAR_WIDTH,
      linewrap: false,
      format: (options, { progress: fraction }, { title, isStep }: BarPayload) =>
        isStep
          ? `${Format.BarFormat(fraction, options)} ${Math.floor(fraction * 100)}%  ${title}`
          : rowText(progress.row(title, Date.now()), options),
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

  /** Lines wait for the next picture while there are bars, and for none otherwise. */
  function print(line: string): void {
    if (bars.size === 0) {
      stream.write(`${line}\n`);
    } else {
      screen.log(`${line}\n`);
    }
  }

  function followStep({ activity, fraction }: SyncEvent & { type: 'sourceProgressed' }): void {
    if (fraction === undefined) {
      return;
    }
    show(activity, true, Math.round(fraction * 1000), 1000);
    if (fraction >= 1) {
      hide(activity);
    }
  }

  function follow(event: SyncEvent): void {
    if (event.type === 'sourceProgressed') {
      followStep(event);
      return;
    }
    progress.follow(event, Date.now());
    for (const title of progress.titles) {
      const { received, total } = progress.row(title, Date.now());
      show(title, false, received, total);
    }
    const line = syncMessage(event);
    if (line !== undefined) {
      print(shown(line));
    }
  }

  return {
    onEvent: follow,
    stop() {
      // What was logged last waits for a picture that would not come any more.
      if (bars.size > 0) {
        screen.update();
      }
      screen.stop();
    },
  };
}

interface BarPayload {
  readonly title: string;
  /** Whether it is a step of the source, of which only a fraction is known. */
  readonly isStep: boolean;
}

/** `[####----]  42%  52.1 MB of 120 MB  3.01 MB/s  22s left  trixie amd64 text` */
function rowText(row: ProgressRow, options: Parameters<typeof Format.BarFormat>[1]): string {
  const { received, total, speed, secondsLeft, title } = row;
  const fraction = total === 0 ? 0 : Math.min(1, received / total);
  const percent = `${Math.floor(fraction * 100)}%`.padStart(4);
  const amount = `${sizeText(received)} of ${sizeText(total)}`.padEnd(19);
  const pace = `${sizeText(Math.round(speed))}/s`.padStart(11);
  const left = leftText(row.received >= total ? 0 : secondsLeft).padStart(9);
  return `${Format.BarFormat(fraction, options)}${percent}  ${amount} ${pace} ${left}  ${title}`;
}

function leftText(seconds: number | undefined): string {
  if (seconds === undefined || seconds > 359_999) {
    return '--';
  }
  if (seconds <= 0) {
    return 'done';
  }
  const whole = Math.ceil(seconds);
  if (whole < 60) {
    return `${whole}s left`;
  }
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}m${whole % 60}s`
    : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
