import { type SyncEventListener } from '@pxe/debian-netboot';

import { syncMessage } from '../../log/sync-message.js';

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
