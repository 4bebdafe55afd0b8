import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';

import { type Logger } from '../log/logger.js';

const run = promisify(execFile);

/** Maximum time for one notification, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Program of systemd that sends notifications: Node has no `AF_UNIX` datagram sockets. */
const PROGRAM = 'systemd-notify';

/**
 * Service manager that started this process and waits for reports of its state: systemd, with `Type=notify`
 * or `Type=notify-reload`. Without one, the functions do nothing.
 *
 * @see sd_notify(3)
 */
export interface ServiceManager {
  /** Reports that the daemon is serving, or that a reload has ended. Starts the watchdog's messages. */
  ready(): void;
  /** Reports that the configuration is being read again. */
  reloading(): void;
  /** Reports that the daemon is ending. The watchdog's messages continue until {@link close}. */
  stopping(): void;
  /** Stops the watchdog's messages, and waits for those that are being sent. */
  close(): Promise<void>;
}

/**
 * Creates a service manager from the environment (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`).
 *
 * @param send - sends the assignments of one notification
 */
export function createServiceManager(
  env: NodeJS.ProcessEnv,
  logger: Logger,
  send: (assignments: readonly string[]) => Promise<unknown> = (assignments) =>
    run(PROGRAM, [...assignments], { env, timeout: TIMEOUT_MS }),
): ServiceManager {
  const isWaiting = (env['NOTIFY_SOCKET'] ?? '') !== '';
  const watchdogMs = watchdogInterval(env);
  let watchdog: NodeJS.Timeout | undefined;
  let hasFailed = false;
  /** Sends one notification at a time, since their order matters. */
  let last: Promise<void> = Promise.resolve();

  function notify(...assignments: readonly string[]): void {
    if (isWaiting) {
      last = last.then(async () => {
        try {
          await send(assignments);
        } catch (error) {
          reportFailure(error);
        }
      });
    }
  }

  function reportFailure(error: unknown): void {
    if (hasFailed) {
      return;
    }
    hasFailed = true;
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn(
      { event: 'serve.notify-failed', reason },
      `cannot report to the service manager, which may restart pxeboot: ${reason}`,
    );
  }

  return {
    ready() {
      notify('READY=1');
      if (isWaiting && watchdogMs !== undefined) {
        watchdog ??= setInterval(() => {
          notify('WATCHDOG=1');
        }, watchdogMs).unref();
      }
    },
    reloading() {
      notify('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    },
    stopping() {
      notify('STOPPING=1');
    },
    async close() {
      clearInterval(watchdog);
      await last;
    },
  };
}

/** Returns the interval of the watchdog's messages in milliseconds: half of systemd's timeout. */
function watchdogInterval({
  WATCHDOG_USEC: limit = '',
  WATCHDOG_PID: pid = String(process.pid),
}: NodeJS.ProcessEnv): number | undefined {
  const isForUs = pid === String(process.pid) && /^[1-9]\d{0,14}$/.test(limit);
  return isForUs ? Math.max(1, Number(limit) / 2000) : undefined;
}
