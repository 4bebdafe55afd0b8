import { join } from 'node:path';

import { LabError, type Namespace, type Program } from '@pxe/lab-host';

import { type CapturedPacket, readCapture } from '../capture/captured-packet.js';
import { LAB_NETWORK } from './lab-network.js';

/** Name of the capture in the evidence of a run. */
export const CAPTURE_FILE = 'capture.pcap';

/** Capture of all traffic on the machine's network cable. */
export interface PacketCapture {
  readonly program: Program;
  /** Returns the packets captured so far. */
  read(): Promise<readonly CapturedPacket[]>;
  /**
   * Ends the capture.
   *
   * @throws {@link LabError} `ERR_LAB_PROGRAM` when packets were lost, since no sum would be correct
   */
  finish(): Promise<void>;
}

/** Starts tcpdump on the tap device and waits until it is capturing. */
export async function startPacketCapture(
  namespace: Namespace,
  directory: string,
  signal: AbortSignal,
): Promise<PacketCapture> {
  const file = join(directory, CAPTURE_FILE);
  const args = ['-i', LAB_NETWORK.tap, '-n', '-p', '-U', '-s', '0', '-B', '32768'];
  // -Z: Debian's tcpdump would otherwise switch to a user who cannot write here.
  const program = await namespace.start('tcpdump', [...args, '-Z', 'root', '-w', file], {
    logFile: join(directory, 'tcpdump.log'),
  });
  await program.line(/listening on/, signal);
  let complete: readonly CapturedPacket[] | undefined;
  return {
    program,
    read: async () => complete ?? readCapture(file),
    async finish() {
      await program.stop('SIGINT');
      const summary = program.lines.entries.find((line) => line.includes('dropped by kernel'));
      if (summary?.startsWith('0 ') !== true) {
        const seen = summary ?? 'no summary';
        throw new LabError('ERR_LAB_PROGRAM', `tcpdump lost packets (${seen}): run again`);
      }
      complete = await readCapture(file);
    },
  };
}
