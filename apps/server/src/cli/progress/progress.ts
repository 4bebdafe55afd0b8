import { type SyncEventListener } from '@pxe/debian-netboot';

import { syncMessage } from '../../log/sync-message.js';
import { type Terminal } from '../terminal.js';
import { progressBars } from './bars.js';

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

/** Tells what a sync does, a line for each step: for logs, pipes and terminals without bars. */
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
