import { type CapturedExchange } from './http-exchanges.js';
import { type CapturedTransfer } from './tftp-transfers.js';

/** A finished TFTP transfer, from the daemon's log. */
export interface LoggedTransfer {
  readonly file: string;
  /** Bytes of file content sent, retransmissions counted again. */
  readonly sent: number;
}

/** An answered HTTP request, from the daemon's log. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Bytes of the response body. */
  readonly bytes: number;
}

/** Comparison of the daemon's log with the capture of a boot. */
export interface Account {
  /** Number of transfers or exchanges on the wire, without refused TFTP requests. */
  readonly count: number;
  /** Bytes of file content sent, according to the capture. */
  readonly contentBytes: number;
  /** Differences between log and capture, one line each; empty if they agree. */
  readonly disagreements: readonly string[];
}

/**
 * Compares the daemon's TFTP log with the capture, file by file. Refused requests carry no content
 * and are not compared.
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
 * Compares the daemon's HTTP log with the capture, by method, path and status. Missing files, which
 * firmware often requests, carry no content and are not compared.
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

/** Returns a path with one leading slash: clients send names with and without one. */
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

/** Returns the byte counts of each name, smallest first, since the log and the wire may order them differently. */
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
