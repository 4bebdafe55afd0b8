import { Socket } from 'node:dgram';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, it, vi } from 'vitest';

import { bindDgramSocket } from './dgram-socket.js';
import { Listeners, type ListenersHandler } from './listeners.js';

const BUFFERS = { receiveBytes: 65_536, sendBytes: 65_536 };

/** Returns listeners on loopback; `onClosed` is called once their socket is closed. */
async function listening(onClosed: (listeners: Listeners) => void) {
  const events: string[] = [];
  const handler: ListenersHandler = {
    received: () => undefined,
    opened: () => void events.push('opened'),
    closed: () => {
      events.push('closed');
      onClosed(listeners);
    },
    failed: () => void events.push('failed'),
    replaced: () => undefined,
    scanFailed: () => undefined,
  };
  const listeners = new Listeners(bindDgramSocket, BUFFERS, handler);
  const bind = vi.spyOn(Socket.prototype, 'bind');
  await listeners.openAll([{ address: '127.0.0.1', port: 0 }]);
  const socket = bind.mock.contexts[0] as Socket;
  bind.mockRestore();
  /** Makes the socket report errors until it is closed and bound again. */
  const breakSocket = (): void => {
    for (let count = 0; count < 32; count += 1) {
      socket.emit('error', new Error('broken'));
    }
  };
  return { listeners, breakSocket, events };
}

describe('Listeners', () => {
  it('rebinds a socket that reports nothing but errors', async () => {
    const { listeners, breakSocket, events } = await listening(() => undefined);

    breakSocket();

    await expect.poll(() => events).toEqual(['opened', 'failed', 'closed', 'opened']);
    await listeners.close();
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'opens no socket after close, called %i turns after a socket was closed to be rebound',
    async (turns) => {
      let closing: Promise<void> | undefined;
      const { listeners, breakSocket } = await listening((each) => {
        closing ??= (async () => {
          for (let turn = 0; turn < turns; turn += 1) {
            await nextTurn();
          }
          await each.close();
        })();
      });

      breakSocket();

      await expect.poll(() => closing !== undefined).toBe(true);
      await closing;
      const bind = vi.spyOn(Socket.prototype, 'bind');
      await nextTurn();
      await nextTurn();
      expect(bind).not.toHaveBeenCalled();
      bind.mockRestore();
      expect(listeners.sockets).toBe(0);
    },
  );
});
