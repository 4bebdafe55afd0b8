import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createServiceManager } from './service-manager.js';

const ENV = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '60000000' };

function recorded(
  env: NodeJS.ProcessEnv,
  send?: (assignments: readonly string[]) => Promise<unknown>,
) {
  const sent: string[] = [];
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(line) });
  const manager = createServiceManager(
    env,
    logger,
    send ??
      ((assignments) => {
        sent.push(assignments.join(' '));
        return Promise.resolve();
      }),
  );
  return { manager, sent, lines };
}

describe('createServiceManager', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('reports each state in order, and the time at which a reload began', async () => {
    const { manager, sent } = recorded({ NOTIFY_SOCKET: '/run/systemd/notify' });
    manager.ready();
    manager.reloading();
    manager.ready();
    manager.stopping();
    await manager.close();
    expect(sent).toEqual([
      'READY=1',
      expect.stringMatching(/^RELOADING=1 MONOTONIC_USEC=\d+$/),
      'READY=1',
      'STOPPING=1',
    ]);
  });

  it('sends watchdog messages at half of the time limit, from the first readiness to the end', async () => {
    const { manager, sent } = recorded({ ...ENV, WATCHDOG_PID: String(process.pid) });
    await vi.advanceTimersByTimeAsync(60_000);
    manager.ready();
    manager.ready();
    await vi.advanceTimersByTimeAsync(60_000);
    manager.stopping();
    await vi.advanceTimersByTimeAsync(30_000);
    await manager.close();
    await vi.advanceTimersByTimeAsync(60_000);
    const ping = 'WATCHDOG=1';
    expect(sent).toEqual(['READY=1', 'READY=1', ping, ping, 'STOPPING=1', ping]);
  });

  it.each<[string, NodeJS.ProcessEnv, readonly string[]]>([
    ['nothing without a service manager', { WATCHDOG_USEC: '60000000' }, []],
    ['nothing if its address is empty', { ...ENV, NOTIFY_SOCKET: '' }, []],
    [
      "no watchdog messages if the watchdog is another process's",
      { ...ENV, WATCHDOG_PID: '1' },
      ['READY=1'],
    ],
    ['no watchdog messages without a time limit', { ...ENV, WATCHDOG_USEC: '0' }, ['READY=1']],
  ])('sends %s', async (_what, env, expected) => {
    const { manager, sent } = recorded(env);
    manager.ready();
    await vi.advanceTimersByTimeAsync(120_000);
    await manager.close();
    expect(sent).toEqual(expected);
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['an error', () => Promise.reject(new Error('spawn ENOENT')), /spawn ENOENT/],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- of foreign code
    ['another value', () => Promise.reject('gone'), /gone/],
  ])('warns once if sending fails with %s', async (_what, send, reason) => {
    const { manager, lines } = recorded(ENV, send);
    manager.ready();
    manager.stopping();
    await manager.close();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(reason);
  });
});
