import { setTimeout as delay } from 'node:timers/promises';

import { type Daemon, PORTS } from '../daemon/daemon.js';
import { type AttackSite } from './attack.js';

const ANSWER_TIMEOUT_MS = 20_000;

/**
 * Asks boot HTTP for its status page again and again, and returns the longest wait in milliseconds; at most 20
 * seconds, and 0 if the daemon has ended.
 *
 * @param watchMs - duration in milliseconds
 */
export async function longestWait(
  { network }: Pick<AttackSite, 'network'>,
  daemon: Daemon,
  watchMs: number,
): Promise<number> {
  const url = `http://${network.serverAddress}:${PORTS.http}/`;
  const deadline = Date.now() + watchMs;
  let waitMs = 0;
  while (Date.now() < deadline && daemon.ended() === undefined) {
    const { stdout } = await network.client.run('curl', [
      ...['--silent', '--output', '/dev/null', '--max-time', String(ANSWER_TIMEOUT_MS / 1000)],
      ...['--write-out', '%{time_total}', url],
    ]);
    if (daemon.ended() === undefined) {
      waitMs = Math.max(waitMs, Number(stdout) * 1000);
    }
    await delay(20);
  }
  return waitMs;
}
