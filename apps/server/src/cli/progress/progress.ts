import { type SyncEventListener } from '@pxe/debian-netboot';

import { SyncProgress, TOTAL } from '../../images/sync-progress.js';
import { syncMessage } from '../../log/sync-message.js';
import { sizeText } from '../quantity.js';
import { type Terminal } from '../terminal.js';
import { withSignsOfLife } from './signs-of-life.js';

/**
 * Runs a sync and returns its result. Shows its progress as bars on a terminal; elsewhere prints one line per
 * step, and another on standard error every ten seconds.
 */
export async function withProgress<T>(
  { screen, print, printError }: Pick<Terminal, 'screen' | 'print' | 'printError'>,
  sync: (onEvent: SyncEventListener) => Promise<T>,
): Promise<T> {
  if (screen === undefined) {
    const progress = new SyncProgress();
    const printLine = progressLines(print);
    return withSignsOfLife(
      { printError },
      () => {
        const { received, total } = progress.row(TOTAL, Date.now());
        return total === 0
          ? 'preparing the images'
          : `images: ${sizeText(received)} of ${sizeText(total)}`;
      },
      () =>
        sync((event) => {
          progress.follow(event, Date.now());
          printLine(event);
        }),
    );
  }
  // Commands that only list images do not need the bars.
  const { progressBars } = await import('./bars.js');
  const bars = progressBars(screen);
  try {
    return await sync(bars.onEvent);
  } finally {
    bars.stop();
  }
}

/** Returns a listener that prints one line per step of a sync, for logs and pipes. */
export function progressLines(print: (line: string) => void): SyncEventListener {
  let lastActivity = '';
  return (event) => {
    const line = syncMessage(event);
    if (line !== undefined) {
      print(line);
    } else if (event.type === 'sourceProgressed' && event.activity !== lastActivity) {
      lastActivity = event.activity;
      print(event.activity);
    } else if (event.type === 'fileVerified') {
      print(`verified ${event.file} (${event.size} bytes)`);
    }
  };
}
