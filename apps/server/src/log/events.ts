import type { TftpServerEvent } from '@pxe/tftp-protocol/node';

import type { Logger } from './logger.js';

/** One answer of the boot plane. */
export interface HttpRequestFacts {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Body bytes sent. */
  readonly bytes: number;
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

/** Firmware asks for these without expecting them; see the boot walkthrough. */
const OPTIONAL_FILES =
  /(^|\/)(revocations[^/]*\.efi|shim_certificate_\d+\.efi|pxelinux\.cfg\/(?!default$)[^/]+)$/i;

export function createBootEvents(logger: Logger): BootEvents {
  return {
    tftp(event) {
      reportTftp(logger, event);
    },
    httpRequest({ durationMs, userAgent, ...facts }) {
      const line = {
        event: 'http.request',
        ...facts,
        userAgent,
        durationMs: Math.round(durationMs),
      };
      const isQuiet = facts.status === 404 && OPTIONAL_FILES.test(facts.path);
      const message = `HTTP ${facts.status} ${facts.method} ${printable(facts.path)} to ${facts.client}`;
      if (isQuiet) logger.debug(line, message);
      else logger.info(line, message);
    },
    sourceDenied(plane, address) {
      logger.warn(
        { event: 'access.denied', plane, client: address },
        `${address} is outside access.allow and gets no answer`,
      );
    },
    unexpectedError(where, error) {
      logger.error({ event: 'error', where, err: error }, `unexpected error in ${where}`);
    },
  };
}

function reportTftp(logger: Logger, event: TftpServerEvent): void {
  switch (event.type) {
    case 'transferFinished': {
      const line = {
        event: 'tftp.transfer',
        file: printable(event.filename),
        client: event.remote.address,
        outcome: event.outcome,
        bytes: event.bytesSent,
        size: event.sizeBytes,
        retransmitted: event.blocksRetransmitted,
        blksize: event.blksize,
        windowsize: event.windowsize,
        durationMs: Math.round(event.durationMs),
        ...(event.error === undefined ? {} : { error: event.error }),
      };
      const message = `TFTP ${event.outcome} ${printable(event.filename)} to ${event.remote.address}`;
      if (event.outcome === 'completed') logger.info(line, message);
      else if (event.outcome === 'aborted') logger.info(line, message);
      else logger.warn(line, message);
      return;
    }
    case 'requestRefused': {
      const file = printable(event.filename ?? '');
      const line = {
        event: 'tftp.refused',
        file,
        client: event.remote.address,
        code: event.code,
        reason: event.message,
      };
      const message = `TFTP refused ${file} to ${event.remote.address}: ${event.message}`;
      if (OPTIONAL_FILES.test(file)) logger.debug(line, message);
      else logger.info(line, message);
      return;
    }
    case 'sourceDenied':
      return;
    default:
      logger.warn({ event: `tftp.${event.type}`, detail: event }, `TFTP ${event.type}`);
  }
}

/** Peer text, safe on a terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it replaces
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
}
