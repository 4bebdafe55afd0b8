import type { TftpServerEvent, TransferFinishedEvent } from '@pxe/tftp-protocol/node';

import type { Logger } from './logger.js';

/** One answer of the boot plane. */
export interface HttpRequestFacts {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Body bytes that the kernel took. */
  readonly bytes: number;
  /** The client left before it had them all. */
  readonly aborted: boolean;
  /** Why a file that is there was kept from this client. */
  readonly reason: string | undefined;
  readonly client: string;
  readonly userAgent: string | undefined;
  readonly durationMs: number;
}

/**
 * Everything that the daemon reports, one function per event. Each line carries a stable `event`
 * name beside its human message.
 */
export interface BootEvents {
  tftp(event: TftpServerEvent): void;
  httpRequest(facts: HttpRequestFacts): void;
  /** A source outside the allow-list asked; called at most once a minute per source. */
  sourceDenied(plane: string, address: string): void;
  unexpectedError(where: string, error: unknown): void;
}

/**
 * What clients ask for without expecting it: shim its revocation lists and certificates, PXELINUX
 * the configurations of single machines, iPXE its start script.
 */
function isOptionalFile(path: string): boolean {
  const [name = '', folder] = path.toLowerCase().split('/').reverse();
  if (folder === 'pxelinux.cfg') return name !== '' && name !== 'default';
  return (
    name === 'autoexec.ipxe' ||
    (name.startsWith('revocations') && name.endsWith('.efi')) ||
    /^shim_certificate_\d+\.efi$/.test(name)
  );
}

export function createBootEvents(logger: Logger): BootEvents {
  return {
    tftp(event) {
      reportTftp(logger, event);
    },
    httpRequest({ durationMs, userAgent = '', aborted, reason, ...facts }) {
      const line = {
        event: 'http.request',
        ...facts,
        ...(aborted ? { aborted } : {}),
        ...(reason === undefined ? {} : { reason }),
        path: printable(facts.path),
        userAgent: printable(userAgent),
        durationMs: Math.round(durationMs),
      };
      const isQuiet = facts.status === 404 && isOptionalFile(facts.path);
      const left = aborted ? `: the client left after ${facts.bytes} bytes` : '';
      const outcome = reason === undefined ? left : `: ${reason}`;
      const message = `HTTP ${facts.status} ${facts.method} ${printable(facts.path)} to ${facts.client}${outcome}`;
      if (reason !== undefined) logger.warn(line, message);
      else if (isQuiet) logger.debug(line, message);
      else logger.info(line, message);
    },
    sourceDenied(plane, address) {
      reportDenied(logger, plane, address);
    },
    unexpectedError(where, error) {
      logger.error({ event: 'error', where, err: error }, `unexpected error in ${where}`);
    },
  };
}

function reportTftp(logger: Logger, event: TftpServerEvent): void {
  switch (event.type) {
    case 'transferFinished':
      reportTransfer(logger, event);
      return;
    case 'requestRefused': {
      const file = printable(event.filename ?? '');
      const client = event.remote.address;
      const line = { event: 'tftp.refused', file, client, code: event.code, reason: event.message };
      const message = `TFTP refused ${file} to ${client}: ${printable(event.message)}`;
      if (event.cause !== undefined) logger.error({ ...line, err: event.cause }, message);
      else if (isOptionalFile(file)) logger.debug(line, message);
      else logger.info(line, message);
      return;
    }
    case 'requestDropped': {
      const client = event.remote.address;
      const line = { event: 'tftp.dropped', client, reason: event.reason };
      logger.debug(line, `TFTP dropped a request of ${client}: ${event.reason}`);
      return;
    }
    case 'sourceDenied':
      reportDenied(logger, 'tftp', event.address);
      return;
    case 'listening':
    case 'stoppedListening': {
      const { address, port } = event.local;
      const line = { event: `tftp.${event.type}`, address, port };
      logger.debug(line, `TFTP ${event.type} on ${address} port ${port}`);
      return;
    }
    case 'sourceError':
      logger.error({ event: 'tftp.source-error', err: event.error }, 'a file could not be closed');
      return;
    case 'socketError': {
      const { address, port, error } = event;
      const { code } = error as NodeJS.ErrnoException;
      const line = { event: 'tftp.socket-error', address, port, code };
      const message = `TFTP on ${address} port ${port}: ${error.message}`;
      // An address that is still being set up (IPv6, right after its interface) comes back by itself.
      if (code === 'EADDRNOTAVAIL') logger.debug(line, message);
      else logger.warn(line, message);
      return;
    }
  }
}

function reportTransfer(logger: Logger, event: TransferFinishedEvent): void {
  const file = printable(event.filename);
  const { outcome, error } = event;
  const line = {
    event: 'tftp.transfer',
    file,
    client: event.remote.address,
    outcome,
    bytes: event.bytesSent,
    size: event.sizeBytes,
    retransmitted: event.blocksRetransmitted,
    blksize: event.blksize,
    windowsize: event.windowsize,
    durationMs: Math.round(event.durationMs),
    ...(error === undefined
      ? {}
      : { error: { by: error.by, code: error.code, message: printable(error.message) } }),
    ...(error?.cause === undefined ? {} : { err: error.cause }),
  };
  const message = transferMessage(event, file);
  // Firmware aborts as a matter of course: it asks once for the size, then again for the file.
  if (outcome === 'completed' || outcome === 'aborted') logger.info(line, message);
  else logger.warn(line, message);
}

function transferMessage(
  { outcome, error, bytesSent, remote: { address } }: TransferFinishedEvent,
  file: string,
): string {
  const reason = error === undefined ? '' : ` (${printable(error.message)})`;
  switch (outcome) {
    case 'completed':
      return `TFTP sent ${file} to ${address}`;
    case 'aborted':
      return bytesSent === 0 && error?.by === 'peer'
        ? `TFTP told ${address} the size of ${file}`
        : `TFTP ${file} to ${address}: stopped after ${bytesSent} bytes${reason}`;
    case 'timedOut':
      return `TFTP ${file} to ${address}: the client fell silent after ${bytesSent} bytes`;
    case 'failed':
      return `TFTP ${file} to ${address}: failed after ${bytesSent} bytes${reason}`;
  }
}

function reportDenied(logger: Logger, plane: string, address: string): void {
  logger.warn(
    { event: 'access.denied', plane, client: address },
    `${address} is outside access.allow and gets no answer`,
  );
}

/** Peer text, safe on a terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it replaces
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
}
