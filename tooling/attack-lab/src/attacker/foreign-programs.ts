import { type Program } from '@pxe/lab-host';

import { PORTS } from '../daemon/daemon.js';
import { type LabNetwork } from '../network/lab-network.js';

/** Time after its own duration within which an attack program must end, in seconds. */
const GRACE_SECONDS = 30;

/** Attack of slowhttptest. */
export interface SlowHttpAttack {
  /** Slow headers (slowloris), slow request body, Apache's range header, slow read. */
  readonly mode: 'headers' | 'body' | 'range' | 'read';
  readonly path: string;
  readonly connections: number;
  readonly connectionsPerSecond: number;
  readonly seconds: number;
}

const SLOW_HTTP_MODES: Readonly<Record<SlowHttpAttack['mode'], readonly string[]>> = {
  headers: ['-H', '-i', '5', '-x', '10'],
  body: ['-B', '-i', '5', '-x', '10', '-s', '100000', '-t', 'POST'],
  range: ['-R', '-a', '5', '-b', '3000', '-t', 'GET'],
  read: ['-X', '-w', '8', '-y', '16', '-n', '5', '-z', '32', '-k', '3'],
};

/** Starts slowhttptest against boot HTTP. */
export function startSlowHttp(network: LabNetwork, attack: SlowHttpAttack): Promise<Program> {
  const url = `http://${network.serverAddress}:${PORTS.http}${attack.path}`;
  return network.attacker.start(
    'slowhttptest',
    [
      ...SLOW_HTTP_MODES[attack.mode],
      ...['-c', String(attack.connections), '-r', String(attack.connectionsPerSecond)],
      ...['-l', String(attack.seconds), '-p', '3', '-v', '0', '-u', url],
    ],
    { timeoutMs: (attack.seconds + GRACE_SECONDS) * 1000 },
  );
}

/** Starts hping3: a flood of UDP garbage from random addresses. */
export function startHpingGarbage(
  network: LabNetwork,
  { port, rate, seconds }: { port: number; rate: number; seconds: number },
): Promise<Program> {
  return network.attacker.start(
    'hping3',
    [
      ...['--udp', '--destport', String(port), '--rand-source', '--data', '120', '--quiet'],
      ...['--interval', `u${Math.round(1e6 / rate)}`, '--count', String(rate * seconds)],
      network.serverAddress,
    ],
    { timeoutMs: (seconds + GRACE_SECONDS) * 1000 },
  );
}

/** Starts wrk: requests one path as fast as the server responds. */
export function startWrk(
  network: LabNetwork,
  { path, connections, seconds }: { path: string; connections: number; seconds: number },
): Promise<Program> {
  const url = `http://${network.serverAddress}:${PORTS.http}${path}`;
  return network.attacker.start(
    'wrk',
    ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`, url],
    { timeoutMs: (seconds + GRACE_SECONDS) * 1000 },
  );
}
