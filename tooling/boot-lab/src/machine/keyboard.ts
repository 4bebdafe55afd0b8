import { setTimeout as sleep } from 'node:timers/promises';

import { type QmpClient } from '../qmp/qmp-client.js';

/** Keys understood by menus, by their QEMU names ("QKeyCode"). */
export type Key = 'home' | 'down' | 'up' | 'ret' | 'esc' | 'tab';

/** Time that a key is held down and that the guest has to react, in milliseconds: TCG is slow. */
const HOLD_MS = 80;
const PAUSE_MS = 200;

/** Presses keys one after the other. */
export async function pressKeys(monitor: QmpClient, keys: readonly Key[]): Promise<void> {
  for (const key of keys) {
    const press = { keys: [{ type: 'qcode', data: key }], 'hold-time': HOLD_MS } as const;
    await monitor.execute('send-key', press);
    await sleep(HOLD_MS + PAUSE_MS);
  }
}
