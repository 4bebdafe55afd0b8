import { NetbootError } from '@pxe/debian-netboot/catalog';
import { type BootClient, type ProxyDhcpEvent } from '@pxe/dhcp-protocol/node';
import {
  type DropReason,
  type EvictingLimit,
  TftpError,
  type TftpServerEvent,
  type TransferFinishedEvent,
} from '@pxe/tftp-protocol/node';

import { type MachineIdentity } from '../access/machine-identity.js';
import { isMirrorPath } from '../access/mirror-path.js';
import { clientName } from './client-name.js';
import { counted } from './counted.js';
import {
  createLineLimiter,
  type LineLimiter,
  MAX_SOURCES_COUNTED,
  type SuppressedLines,
} from './line-limiter.js';
import { type Logger } from './logger.js';
import { printableName } from './printable.js';

/** TFTP error code "File not found" (RFC 1350). */
const FILE_NOT_FOUND = 1;

/** Descriptions of the reasons why TFTP does not answer a request. */
const DROP_REASONS: Readonly<Record<DropReason, string>> = {
  draining: 'the server is stopping',
  portsExhausted: 'no UDP port or socket is left for the transfer',
  outOfResources: 'the system has no file descriptor or memory left to open the file',
  tooManyTransfers: 'the maximum number of transfers is in progress, and all are active',
  tooManyFromSource:
    'the maximum number of transfers from its source is in progress, and all are active',
  requestRate: 'its source sends more requests than allowed',
  overload: 'all sources together send more requests than allowed',
  transferInProgress: 'a transfer to the same port is in progress',
};

/** Descriptions of the limits that make TFTP end transfers. */
const EVICTING_LIMITS: Readonly<Record<EvictingLimit, string>> = {
  maxTransfers: 'the limit on transfers was reached',
  maxTransfersPerSource: 'the limit on transfers from one source was reached',
  maxHalfOpen: 'the limit on transfers waiting for a first answer was reached',
  maxSockets: 'the limit on sockets for transfers was reached',
};

/** Request from a machine to the ProxyDHCP service, or an error from the service. */
export type DhcpAnswerEvent = Exclude<ProxyDhcpEvent, { readonly type: 'leaseRequested' }>;

/** Request to boot HTTP and its response. */
export interface HttpRequestFacts {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Body bytes that the kernel accepted. */
  readonly bytes: number;
  /** Size of the whole file in bytes; undefined if the answer is not about a file. */
  readonly size?: number;
  /** True if the client disconnected before it had the whole answer. */
  readonly aborted: boolean;
  /**
   * Explanation of an error status: why a file was refused to this client, or which file it probably meant.
   */
  readonly reason: string | undefined;
  readonly client: string;
  readonly userAgent: string | undefined;
  /** Identifiers of the machine, from its cookies. */
  readonly identity?: MachineIdentity;
  readonly durationMs: number;
}

/** Limit of a plane or of the system that was reached. */
export interface LimitFacts {
  readonly plane: string;
  /** Description of the limit or of the reaction to it. */
  readonly limit: string;
  /** Number of hits since the last report. */
  readonly count: number;
  /** Address of the most recently affected client. */
  readonly address: string;
}

/** Change requested through the admin interface. */
export interface ChangeFacts {
  /** Token of the request: `full` is admin.token, `read` is admin.readToken; `socket` needs none. */
  readonly token: 'full' | 'read' | 'socket';
  /** Address of the client; empty on the control socket. */
  readonly address: string;
  /** Value of `X-Forwarded-For`, which lists client addresses, if a proxy on this host sent it. */
  readonly forwardedFor: string | undefined;
  /** Name of the person or program that the request claims to come from. */
  readonly by: string | undefined;
  readonly method: string;
  readonly path: string;
  /** Names of the fields of the body. */
  readonly fields: readonly string[];
  readonly status: number;
}

/** Rejected input: a malformed, oversized, late or unsupported request. */
export interface RejectedFacts {
  readonly plane: string;
  readonly address: string;
  readonly reason: string;
}

/**
 * Events of the boot planes, one function each. Each log line has a stable `event` name and a human-readable
 * message. Lines that peers can cause are rate-limited (those of finished transfers far above the needs of a
 * site), and suppressed lines are summarised once a minute.
 */
export interface BootEvents {
  /** @param isProbe - true for a request of `pxeboot doctor`, which is not part of a boot. @default false */
  tftp(event: TftpServerEvent, isProbe?: boolean): void;
  dhcp(event: DhcpAnswerEvent): void;
  httpRequest(facts: HttpRequestFacts): void;
  /**
   * Called when a source outside the allow-list opens a connection. Denied TFTP requests are passed to
   * `tftp`.
   */
  sourceDenied(plane: string, address: string): void;
  /** Called at most once a minute per limit. */
  limitReached(facts: LimitFacts): void;
  /** Called at most once a minute per address. */
  requestRejected(facts: RejectedFacts): void;
  unexpectedError(where: string, error: unknown): void;
}

/** {@link BootEvents} that write each event to the log. */
export interface BootLog extends BootEvents {
  /** Rate-limits lines that peers can cause and that other parts of the daemon write. */
  readonly admitsLine: LineLimiter['admits'];
  /** Called for each change requested with a token or on the control socket. */
  changeRequested(facts: ChangeFacts): void;
  /** Writes a summary of the suppressed lines. */
  close(): void;
}

/**
 * Returns true for files that clients request although they may not exist: revocation lists and
 * certificates (shim), per-machine configurations (PXELINUX), the start script (iPXE).
 */
export function isOptionalFile(path: string): boolean {
  const [name = '', folder] = path.toLowerCase().split('/').reverse();
  if (folder === 'pxelinux.cfg') {
    return name !== '' && name !== 'default';
  }
  return (
    name === 'autoexec.ipxe' ||
    (name.startsWith('revocations') && name.endsWith('.efi')) ||
    /^shim_certificate_\d+\.efi$/.test(name)
  );
}

/**
 * Creates boot events that are written to the log.
 *
 * @param explain - returns the explanation of a missing file, such as the one that was probably meant;
 *   undefined if unknown
 */
export function createBootEvents(
  logger: Logger,
  explain: (name: string) => string | undefined = () => undefined,
): BootLog {
  const limiter = createLineLimiter({
    onSuppressed: (suppressed) => {
      reportSuppressed(logger, suppressed);
    },
  });

  return {
    tftp: reportTftp,
    dhcp: reportDhcp,
    httpRequest,
    sourceDenied,
    limitReached({ plane, limit, count, address }) {
      logger.warn(
        { event: 'limit.reached', plane, limit, count, client: address },
        `${plane}: ${limit} (${counted(count, 'time')}, most recently for ${address})`,
      );
    },
    requestRejected({ plane, address, reason }) {
      if (!limiter.admits('request.rejected', address, 'address')) {
        return;
      }
      const shown = printableName(reason);
      logger.info(
        { event: 'request.rejected', plane, client: address, reason: shown },
        `${plane}: rejected a request from ${address}: ${shown}`,
      );
    },
    unexpectedError,
    admitsLine: (...line) => limiter.admits(...line),
    changeRequested({ forwardedFor, by, fields, ...facts }) {
      const { token, address, status } = facts;
      // A read token is meant for monitoring programs and cannot change anything.
      if (token === 'read' && !limiter.admits('admin.change', address, 'address')) {
        return;
      }
      const path = printableName(facts.path);
      const behind = forwardedFor === undefined ? undefined : printableName(forwardedFor);
      const person = by === undefined ? undefined : printableName(by);
      const names = fields.map(printableName);
      const who = token === 'socket' ? 'the control socket' : `the ${token} token`;
      const from = token === 'socket' ? '' : ` from ${behind ?? address}`;
      const what = names.length === 0 ? '' : ` (${names.join(', ')})`;
      logger.info(
        {
          event: 'admin.change',
          ...{ token, client: address, method: facts.method, path, fields: names, status },
          ...(behind !== undefined && { forwardedFor: behind }),
          ...(person !== undefined && { by: person }),
        },
        `${facts.method} ${path}${what} with ${who}${from}${person === undefined ? '' : `, by ${person}`}: ${status < 400 ? 'done' : `refused (${status})`}`,
      );
    },
    close() {
      limiter.close();
    },
  };

  function httpRequest({
    durationMs,
    userAgent = '',
    identity: _identity,
    aborted,
    reason,
    ...facts
  }: HttpRequestFacts): void {
    const { status, client } = facts;
    const isQuiet =
      reason === undefined &&
      (isMirrorPath(facts.path) || (status === 404 && isOptionalFile(facts.path)));
    if (isQuiet && !logger.isLevelEnabled('debug')) {
      return;
    }
    const isBoot = status === 200 && facts.method === 'GET' && !aborted;
    if (!limiter.admits('http.request', client, isBoot ? 'boot' : 'address')) {
      return;
    }
    const path = printableName(facts.path);
    const line = {
      event: 'http.request',
      ...facts,
      ...(aborted ? { aborted } : {}),
      ...(reason === undefined ? {} : { reason }),
      method: printableName(facts.method),
      path,
      userAgent: printableName(userAgent),
      durationMs: Math.round(durationMs),
    };
    const left = aborted ? `: the client disconnected after ${facts.bytes} bytes` : '';
    const outcome = reason === undefined ? left : `: ${reason}`;
    const message = `HTTP ${status} ${line.method} ${path} to ${client}${outcome}`;
    if (reason !== undefined) {
      logger.warn(line, message);
    } else if (isQuiet) {
      logger.debug(line, message);
    } else {
      logger.info(line, message);
    }
  }

  function unexpectedError(where: string, error: unknown): void {
    if (!limiter.admits('error', where, 'address')) {
      return;
    }
    logger.error(
      { event: 'error', where, err: error },
      `unexpected error in ${where}; please report it: https://github.com/pxeboot/pxeboot/issues`,
    );
  }

  function sourceDenied(plane: string, address: string): void {
    if (!limiter.admits('access.denied', address, 'none')) {
      return;
    }
    logger.warn(
      { event: 'access.denied', plane, client: address },
      `${address} is not in access.allow and gets no answer`,
    );
  }

  function reportTftp(event: TftpServerEvent): void {
    switch (event.type) {
      case 'transferFinished':
        reportTransfer(event);
        return;
      case 'transferStarted':
      case 'transferProgress':
        // The log line of the finished transfer contains all of this, and forged requests start transfers,
        // too.
        return;
      case 'transferDelivered':
        // Included in the log line of the finished transfer.
        return;
      case 'requestRefused': {
        const client = event.remote.address;
        const name = event.filename ?? '';
        const isQuiet = event.cause === undefined && isOptionalFile(name);
        if (isQuiet && !logger.isLevelEnabled('debug')) {
          return;
        }
        if (!limiter.admits('tftp.refused', client, 'none')) {
          return;
        }
        const file = printableName(name);
        const hint = event.code === FILE_NOT_FOUND ? explain(name) : undefined;
        const reason = [printableName(event.message), ...(hint === undefined ? [] : [hint])].join(
          '; ',
        );
        const line = { event: 'tftp.refused', file, client, code: event.code, reason };
        const message = `TFTP refused ${file} to ${client}: ${reason}`;
        if (hint !== undefined || isSelfExplanatory(event.cause)) {
          logger.warn(line, message);
        } else if (event.cause !== undefined) {
          logger.error({ ...line, err: event.cause }, message);
        } else if (isQuiet) {
          logger.debug(line, message);
        } else {
          logger.info(line, message);
        }
        return;
      }
      case 'requestDropped': {
        const { reason, remote, count } = event;
        const client = remote.address;
        if (!limiter.admits('tftp.dropped', client, 'none')) {
          return;
        }
        const line = { event: 'tftp.dropped', client, reason, count };
        const what = count === 1 ? 'a request from' : `${count} requests, most recently from`;
        logger.warn(line, `TFTP dropped ${what} ${client}: ${DROP_REASONS[reason]}`);
        return;
      }
      case 'largeBlocksLost': {
        const { remote, blksize, maxBlockSize } = event;
        const client = remote.address;
        if (!limiter.admits('tftp.blocks-lost', client, 'none')) {
          return;
        }
        logger.warn(
          { event: 'tftp.blocks-lost', client, blksize, maxBlockSize },
          `TFTP blocks of ${blksize} bytes do not reach ${client}: a link on the path has a smaller MTU, and fragments do not arrive; limiting its blocks to ${maxBlockSize} bytes for an hour`,
        );
        return;
      }
      case 'transfersEvicted': {
        const { limit, count } = event;
        if (!limiter.admits('tftp.evicted', limit, 'address')) {
          return;
        }
        const line = { event: 'tftp.evicted', limit, count };
        logger.warn(
          line,
          `TFTP ended ${counted(count, 'transfer')} to make room: ${EVICTING_LIMITS[limit]}`,
        );
        return;
      }
      case 'addressScanFailed':
        if (!limiter.admits('tftp.address-scan', '', 'address')) {
          return;
        }
        logger.warn(
          { event: 'tftp.address-scan', err: event.error },
          'cannot read the addresses of this host; TFTP keeps listening on the known ones',
        );
        return;
      case 'sourceDenied':
        sourceDenied('tftp', event.address);
        return;
      case 'listening':
      case 'stoppedListening': {
        const { address, port } = event.local;
        const line = { event: `tftp.${event.type}`, address, port };
        logger.debug(line, `TFTP ${event.type} on ${address} port ${port}`);
        return;
      }
      case 'socketReplaced': {
        const { address, port } = event.local;
        if (!limiter.admits('tftp.socket-replaced', address, 'none')) {
          return;
        }
        logger.warn(
          { event: 'tftp.socket-replaced', address, port },
          `TFTP on ${address} port ${port}: replies to unreachable hosts filled the socket's buffer, so the socket was replaced; someone is sending requests with forged source addresses`,
        );
        return;
      }
      case 'unexpectedError':
        unexpectedError('tftp', event.error);
        return;
      case 'sourceError':
        if (!limiter.admits('tftp.source-error', '', 'address')) {
          return;
        }
        logger.error({ event: 'tftp.source-error', err: event.error }, 'cannot close a file');
        return;
      case 'socketError': {
        const { address, port, error } = event;
        // The cause of a listen error is the system's error.
        const { code } = (error.cause ?? error) as NodeJS.ErrnoException;
        const line = { event: 'tftp.socket-error', address, port, code };
        const message = `TFTP on ${address} port ${port}: ${error.message}`;
        if (!limiter.admits(`tftp.socket-error ${code ?? ''}`, address, 'address')) {
          return;
        }
        // An address that is still being set up (IPv6, right after its interface came up) recovers on its
        // own.
        if (code === 'EADDRNOTAVAIL') {
          logger.debug(line, message);
        } else {
          logger.warn(line, message);
        }
        return;
      }
    }
  }

  function reportDhcp(event: DhcpAnswerEvent): void {
    switch (event.type) {
      case 'answered': {
        const { service, client, bootFile } = event;
        if (limiter.admits(`dhcp.${service}`, client.mac, 'none')) {
          const { file } = bootFile;
          logger.info(
            { event: 'dhcp.answered', service, ...dhcpFacts(client), file },
            `DHCP: offered ${file} to ${client.mac} (${clientName(client)})`,
          );
        }
        return;
      }
      case 'unanswered': {
        const { service, client, reason, from } = event;
        if (reason !== 'noBootFile' || client === undefined) {
          if (!logger.isLevelEnabled('debug')) {
            return;
          }
          logger.debug(
            {
              ...{ event: 'dhcp.ignored', service, reason, client: from.address },
              ...(client && dhcpFacts(client)),
            },
            `DHCP: no answer to ${client?.mac ?? from.address}: ${reason}`,
          );
        } else if (limiter.admits('dhcp.no-file', client.mac, 'none')) {
          logger.warn(
            { event: 'dhcp.no-file', service, ...dhcpFacts(client) },
            `DHCP: no boot file for ${client.mac} (${clientName(client)})`,
          );
        }
        return;
      }
      case 'error': {
        const { error } = event;
        if (limiter.admits('dhcp.error', '', 'none')) {
          const reason = error instanceof Error ? error.message : String(error);
          logger.warn({ event: 'dhcp.error', err: error }, `DHCP: ${reason}`);
        }
        return;
      }
    }
  }

  function reportTransfer(event: TransferFinishedEvent): void {
    const { outcome, error } = event;
    const client = event.remote.address;
    // A client that has acknowledged bytes of the file really has that address.
    const isBoot = outcome === 'completed' && event.bytesAcknowledged > 0;
    if (isBoot) {
      limiter.proved(client);
    }
    if (!limiter.admits('tftp.transfer', client, isBoot ? 'boot' : 'none')) {
      return;
    }
    const file = printableName(event.filename);
    const reason = error === undefined ? undefined : printableName(error.message);
    const line = {
      event: 'tftp.transfer',
      file,
      client,
      outcome,
      bytes: event.bytesAcknowledged,
      sent: event.bytesSent,
      size: event.size,
      retransmitted: event.blocksRetransmitted,
      blksize: event.blksize,
      windowsize: event.windowsize,
      durationMs: Math.round(event.durationMs),
      ...(error === undefined
        ? {}
        : { error: { by: error.by, code: error.code, message: reason } }),
      ...(error?.cause === undefined || isSelfExplanatory(error.cause) ? {} : { err: error.cause }),
    };
    const message = transferMessage(event, file, reason);
    // Normal for firmware: it requests the size, aborts, and then requests the file.
    if (outcome === 'completed' || outcome === 'aborted') {
      logger.info(line, message);
    } else {
      logger.warn(line, message);
    }
  }
}

/**
 * Returns true for an error whose message says everything: a refusal of this server, or a file that the store cannot
 * read.
 */
function isSelfExplanatory(error: unknown): boolean {
  return error instanceof TftpError || error instanceof NetbootError;
}

function transferMessage(
  { outcome, error, bytesSent, bytesAcknowledged, remote: { address } }: TransferFinishedEvent,
  file: string,
  reason: string | undefined,
): string {
  const suffix = reason === undefined ? '' : ` (${reason})`;
  switch (outcome) {
    case 'completed':
      return `TFTP sent ${file} to ${address}`;
    case 'aborted':
      return bytesSent === 0 && error?.by === 'peer'
        ? `TFTP sent ${address} the size of ${file}`
        : `TFTP ${file} to ${address}: stopped after ${bytesAcknowledged} bytes${suffix}`;
    case 'timedOut':
      return `TFTP ${file} to ${address}: the client fell silent after ${bytesAcknowledged} bytes`;
    case 'failed':
      return `TFTP ${file} to ${address}: failed after ${bytesAcknowledged} bytes${suffix}`;
  }
}

function reportSuppressed(logger: Logger, { event, lines, sources }: SuppressedLines): void {
  const isMost = sources === MAX_SOURCES_COUNTED;
  const from = `${isMost ? 'at least ' : ''}${sources.toLocaleString('en')} ${sources === 1 ? 'address' : 'addresses'}`;
  logger.warn(
    { event: 'log.suppressed', of: event, lines, sources },
    `suppressed ${counted(lines, 'more line')} of ${event} from ${from} in the last minute`,
  );
}

function dhcpFacts({ mac, uuid, program, firmware, cpu, architecture }: BootClient): object {
  return { mac, uuid, program, firmware, cpu, architecture };
}
