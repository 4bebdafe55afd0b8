import { type SyncEventListener } from '@pxe/debian-netboot';

import { type Terminal } from '../terminal.js';
import { progressBars } from './bars.js';
import { progressLines } from './lines.js';

/** Shows what a sync does while it runs: bars on a terminal, lines elsewhere. */
export async function withProgress<T>(
  { screen, print }: Pick<Terminal, 'screen' | 'print'>,
  sync: (onEvent: SyncEventListener) => Promise<T>,
): Promise<T> {
  if (screen === undefined) {
    return sync(progressLines(print));
  }
  const bars = progressBars(screen);
  try {
    return await sync(bars.onEvent);
  } finally {
    bars.stop();
  }
}
