import type { SyncEvent, SyncEventListener } from '@pxe/debian-netboot';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';

import { stepLine } from '../../images/sync-step.js';
import { shown } from '../terminal.js';

/** Bars of a sync on a terminal. */
export interface ProgressBars {
  readonly onEvent: SyncEventListener;
  /** Takes the bars off the screen and gives the cursor back. */
  stop(): void;
}

const FORMAT = '{bar} {percentage}%  {title}';
/** Files below this come and go faster than a bar can be read. */
const WORTH_A_BAR_BYTES = 1024 * 1024;

/**
 * Draws a bar for each step of the source and each large file under way; finished steps become
 * lines above them.
 */
export function progressBars(stream: NodeJS.WriteStream): ProgressBars {
  const options = { stream, format: FORMAT, clearOnComplete: true, hideCursor: true, barsize: 28 };
  const screen = new MultiBar(options, Presets.shades_classic);
  const bars = new Map<string, SingleBar>();

  function show(title: string, value: number, total: number): void {
    const bar = bars.get(title) ?? screen.create(total, 0, { title: shown(title) });
    bars.set(title, bar);
    bar.update(value);
  }

  function hide(title: string): void {
    const bar = bars.get(title);
    if (bar !== undefined) screen.remove(bar);
    bars.delete(title);
  }

  function follow(event: SyncEvent): void {
    switch (event.type) {
      case 'sourceProgressed':
        if (event.fraction === undefined) return;
        show(event.activity, Math.round(event.fraction * 1000), 1000);
        if (event.fraction >= 1) hide(event.activity);
        return;
      case 'fileProgressed':
        if ((event.size ?? 0) >= WORTH_A_BAR_BYTES) {
          show(event.file, event.received, event.size ?? 0);
        }
        return;
      case 'fileVerified':
        hide(event.file);
        return;
      default: {
        const line = stepLine(event);
        if (line !== undefined) screen.log(`${shown(line)}\n`);
      }
    }
  }

  return {
    onEvent: follow,
    stop() {
      screen.stop();
    },
  };
}
