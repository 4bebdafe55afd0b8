import { type CapturedExchange } from './http-exchanges.js';
import { type CapturedTransfer } from './tftp-transfers.js';

/** A finished TFTP transfer as the daemon's log tells it. */
export interface LoggedTransfer {
  readonly file: string;
  /** Bytes of file content sent, retransmissions counted again. */
  readonly sent: number;
}

/** An answered HTTP request as the daemon's log tells it. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Bytes of the answer's body. */
  readonly bytes: number;
}

/** Comparison of the log and the capture of one boot. */
export interface Account {
  /** Transfers or exchanges on the wire, refused TFTP requests left out. */
  readonly count: number;
  /** File content sent, by the capture. */
  readonly contentBytes: number;
  /** Differences between log and capture, one line each; empty if they agree. */
  readonly disagreements: readonly string[];
}

/**
 * Compares the daemon's TFTP log with the capture, file by file. Requests that the server refused
 * have carried no content and are left out of the comparison.
 */
export function accountForTransfers(
  logged: readonly LoggedTransfer[],
  captured: readonly CapturedTransfer[],
): Account {
  const served = captured.filter(({ outcome }) => outcome !== 'refused');
  return compare(
    logged.map(({ file, sent }) => ({ what: normalisePath(file), bytes: sent })),
    served.map(({ file, dataBytes }) => ({ what: normalisePath(file), bytes: dataBytes })),
  );
}

/**
 * Compares the daemon's HTTP log with the capture, by method, path and status. Files that are not
 * there, which firmware likes to ask for, carry no content and are left out of the comparison.
 */
export function accountForExchanges(
  logged: readonly LoggedRequest[],
  captured: readonly CapturedExchange[],
): Account {
  const what = ({ method, path, status }: Omit<LoggedRequest, 'bytes'>): string =>
    `${method} ${normalisePath(path)} ${status}`;
  const isFound = ({ status }: { readonly status: number }): boolean => status !== 404;
  return compare(
    logged.filter(isFound).map((request) => ({ what: what(request), bytes: request.bytes })),
    captured
      .filter(isFound)
      .map((exchange) => ({ what: what(exchange), bytes: exchange.body.length })),
  );
}

/** Clients spell names with and without a leading slash; the log has one spelling. */
export function normalisePath(file: string): string {
  return `/${file.replace(/^\/+/, '')}`;
}

interface Entry {
  readonly what: string;
  readonly bytes: number;
}

function compare(logged: readonly Entry[], captured: readonly Entry[]): Account {
  const inLog = groupBytes(logged);
  const onWire = groupBytes(captured);
  const disagreements: string[] = [];
  for (const what of new Set([...inLog.keys(), ...onWire.keys()])) {
    const log = (inLog.get(what) ?? []).join(', ') || 'nothing';
    const wire = (onWire.get(what) ?? []).join(', ') || 'nothing';
    if (log !== wire) {
      disagreements.push(`${what}: bytes in the log: ${log}; on the wire: ${wire}`);
    }
  }
  const contentBytes = captured.reduce((total, { bytes }) => total + bytes, 0);
  return { count: captured.length, contentBytes, disagreements };
}

/** The bytes of each, smallest first: log and wire may have them in another order. */
function groupBytes(entries: readonly Entry[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const { what, bytes } of entries) {
    groups.set(
      what,
      [...(groups.get(what) ?? []), bytes].sort((a, b) => a - b),
    );
  }
  return groups;
}
