import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Journal } from '../process/journal.js';
import { type Program, startProgram } from '../process/program.js';
import { LAB_NETWORK, type NetworkNamespace } from './namespace.js';

/** Connection between the machine's network card and the daemon's network. */
export interface Cable {
  /** `-netdev` of QEMU for the machine, with the id `cable`. */
  readonly netdev: string;
  /** Programs that must run as long as the machine does. */
  readonly programs: readonly Program[];
}

/** Properties of a cable. */
export interface CableOptions {
  /** Delay added to each round trip, in milliseconds. 0 is the tap device itself. */
  readonly roundTripMs: number;
  /** Directory for sockets and logs. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

const TAP_OPTIONS = `ifname=${LAB_NETWORK.tap},script=no,downscript=no`;
const RELAY_FILE = fileURLToPath(new URL('./delay-line.js', import.meta.url));

/**
 * Lays the cable. One with a delay consists of the delay line and a second QEMU without a machine,
 * which is a hub between the delay line and the tap device.
 */
export async function layCable(namespace: NetworkNamespace, options: CableOptions): Promise<Cable> {
  const { roundTripMs, directory, signal } = options;
  if (roundTripMs === 0) {
    return { netdev: `tap,id=cable,${TAP_OPTIONS}`, programs: [] };
  }

  const machineEnd = join(directory, 'cable-machine.sock');
  const networkEnd = join(directory, 'cable-network.sock');
  const output = new Journal<string>();
  const relay = await startProgram({
    name: 'delay line',
    command: process.execPath,
    args: [RELAY_FILE, machineEnd, networkEnd, String(roundTripMs)],
    logFile: join(directory, 'delay-line.log'),
    onLine: (line) => {
      output.append(line);
    },
  });
  try {
    await output.next(0, (line) => line === 'ready', signal);
    const hub = await startProgram({
      name: 'hub',
      ...namespace.inside('qemu-system-x86_64', hubArguments(networkEnd)),
      logFile: join(directory, 'hub.log'),
    });
    return { netdev: streamNetdev('cable', machineEnd), programs: [relay, hub] };
  } catch (error) {
    await relay.stop();
    throw error;
  }
}

function hubArguments(socket: string): string[] {
  return [
    ...['-machine', 'none', '-nodefaults', '-display', 'none'],
    ...['-netdev', `tap,id=network,${TAP_OPTIONS}`, '-netdev', streamNetdev('line', socket)],
    ...['-netdev', 'hubport,id=port0,hubid=0,netdev=network'],
    ...['-netdev', 'hubport,id=port1,hubid=0,netdev=line'],
  ];
}

function streamNetdev(id: string, socket: string): string {
  return `stream,id=${id},server=off,addr.type=unix,addr.path=${socket}`;
}
