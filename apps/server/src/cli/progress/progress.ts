import { type SyncEventListener } from '@pxe/debian-netboot';

import { syncMessage } from '../../log/sync-message.js';
import { type Terminal } from '../terminal.js';
import { progressBars } from './bars.js';

/**
 * Runs a sync and returns its result. Shows its progress as bars on a terminal, and elsewhere as lines.
 */
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
