import { type CapturedTransfer } from './tftp-transfers.js';

/** A finished transfer as the daemon's log tells it. */
export interface LoggedTransfer {
  readonly file: string;
  /** Bytes of file content sent, retransmissions counted again. */
  readonly bytes: number;
}

/** What the log and the wire say of the same boot. */
export interface TransferAccount {
  readonly transfers: number;
  /** File content sent, by the capture. */
  readonly dataBytes: number;
  /** All of TFTP's UDP payload, both ways, refused requests included. */
  readonly udpBytes: number;
  /** Where log and capture differ, one line each; empty when they agree. */
  readonly disagreements: readonly string[];
}

/**
 * Compares the daemon's log with the capture, file by file. Requests that the server refused have
 * carried no content and are left out of the comparison.
 */
export function accountForTransfers(
  logged: readonly LoggedTransfer[],
  captured: readonly CapturedTransfer[],
): TransferAccount {
  const served = captured.filter(({ outcome }) => outcome !== 'refused');
  const inLog = bytesByFile(logged.map(({ file, bytes }) => [file, bytes]));
  const onWire = bytesByFile(served.map(({ file, dataBytes }) => [file, dataBytes]));
  const disagreements: string[] = [];
  for (const file of new Set([...inLog.keys(), ...onWire.keys()])) {
    const log = (inLog.get(file) ?? []).join(', ') || 'nothing';
    const wire = (onWire.get(file) ?? []).join(', ') || 'nothing';
    if (log !== wire) disagreements.push(`${file}: bytes in the log: ${log}; on the wire: ${wire}`);
  }
  return {
    transfers: served.length,
    dataBytes: sum(served.map(({ dataBytes }) => dataBytes)),
    udpBytes: sum(captured.map(({ udpBytes }) => udpBytes)),
    disagreements,
  };
}

/** The bytes of each transfer of each file, smallest first: both sides may order them otherwise. */
function bytesByFile(entries: readonly (readonly [string, number])[]): Map<string, number[]> {
  const files = new Map<string, number[]>();
  for (const [file, bytes] of entries) {
    const path = normalisePath(file);
    files.set(
      path,
      [...(files.get(path) ?? []), bytes].sort((a, b) => a - b),
    );
  }
  return files;
}

/** Clients spell names with and without a leading slash; the log has one spelling. */
export function normalisePath(file: string): string {
  return `/${file.replace(/^\/+/, '')}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
