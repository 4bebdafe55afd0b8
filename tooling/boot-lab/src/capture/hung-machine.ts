import { LabError, tryCommand } from '@pxe/lab-host';

import { CUT_SHORT } from './captured-packet.js';

/** Minimum number of probes of a closed window that a hung machine has left without an answer. */
const MIN_PROBES = 5;

const FIELDS = [
  'tcp.stream',
  'ip.src',
  'tcp.window_size_value',
  'tcp.flags.fin',
  'tcp.flags.reset',
];

/** State of a TCP connection to the machine at the end of a capture. */
interface Connection {
  /** True if the last segment from the machine closed its window. */
  isShut: boolean;
  /** Number of segments that the machine was sent since its last one. */
  unanswered: number;
}

/**
 * Finds out whether a machine has hung in the middle of a download: it has closed its TCP window, which means "wait",
 * and has then answered none of the probes that ask whether to go on. No server can cause that, or continue. PXELINUX in
 * QEMU has done so.
 *
 * @param file - capture of the machine's network
 * @param machine - IPv4 address of the machine
 * @returns a description; undefined if the machine has not hung
 * @throws {@link LabError} `ERR_LAB_PROGRAM` if tshark cannot read the file
 */
export async function hungMachine(file: string, machine: string): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await tryCommand('tshark', [
    ...['-r', file, '-n', '-Y', 'ip && tcp'],
    ...['-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])],
  ]);
  if (exitCode !== 0 && !stderr.includes(CUT_SHORT)) {
    throw new LabError('ERR_LAB_PROGRAM', `tshark ended with ${exitCode}: ${stderr.trim()}`);
  }
  const connections = new Map<string, Connection>();
  for (const line of stdout.split('\n').slice(0, -1)) {
    const [stream = '', source, window, ...flags] = line.split('\t');
    const connection = connections.get(stream) ?? { isShut: false, unanswered: 0 };
    connections.set(stream, connection);
    if (source === machine) {
      connection.isShut = window === '0' && !flags.some(isSet);
      connection.unanswered = 0;
    } else {
      connection.unanswered += 1;
    }
  }
  const hung = [...connections.values()].find(
    ({ isShut, unanswered }) => isShut && unanswered >= MIN_PROBES,
  );
  return hung && `closed its TCP window, and left ${hung.unanswered} probes without an answer`;
}

/** Returns true for the value of a flag that is set, in any version of tshark. */
function isSet(flag: string): boolean {
  return flag === '1' || flag === 'True';
}
