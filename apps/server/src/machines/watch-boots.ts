import { type TftpServerEvent, type TransferFinishedEvent } from '@pxe/tftp-protocol/node';

import { plainAddress } from '../access/allow-list.js';
import { identityInPath } from '../access/machine-identity.js';
import { type BootEvents, type HttpRequestFacts } from '../log/events.js';
import { printableName } from '../log/printable.js';
import { type BootNamespace, IMAGES_NOT_READY } from '../namespace/boot-namespace.js';
import { logicalPath } from '../namespace/logical-path.js';
import { type BootJournal } from './boot-journal.js';
import { type Sighting, type SightingResult } from './sighting.js';

/** TFTP's error code for a missing file (RFC 1350). */
const FILE_NOT_FOUND = 1;

/** Passes events on, and records the requests among them in the journal. */
export function watchBoots(
  journal: Pick<BootJournal, 'see'>,
  events: BootEvents,
  namespace: Pick<BootNamespace, 'generation' | 'servedPath'>,
): BootEvents {
  return {
    ...events,
    tftp(event) {
      const sighting = tftpSighting(event, namespace);
      if (sighting !== undefined) {
        journal.see(sighting);
      }
      events.tftp(event);
    },
    httpRequest(facts) {
      journal.see(httpSighting(facts, namespace));
      events.httpRequest(facts);
    },
    sourceDenied(plane, address) {
      journal.see({
        at: Date.now(),
        durationMs: 0,
        transport: plane === 'http' ? 'http' : 'tftp',
        address: plainAddress(address),
        path: '',
        result: 'denied',
      });
      events.sourceDenied(plane, address);
    },
  };
}

function tftpSighting(
  event: TftpServerEvent,
  namespace: Pick<BootNamespace, 'generation' | 'servedPath'>,
): Sighting | undefined {
  switch (event.type) {
    case 'transferDelivered':
      return {
        ...requestFacts(event.filename, event.remote.address, namespace),
        result: 'delivered',
      };
    case 'transferFinished':
      return {
        ...requestFacts(event.filename, event.remote.address, namespace),
        durationMs: event.durationMs,
        result: transferResult(event),
        bytes: event.bytesAcknowledged,
        blksize: event.blksize,
        windowsize: event.windowsize,
        ...(event.size === undefined ? {} : { size: event.size }),
        ...(event.outcome === 'completed' ? { isLate: true } : {}),
      };
    case 'requestRefused': {
      if (event.filename === undefined) {
        return undefined;
      }
      return {
        ...requestFacts(event.filename, event.remote.address, namespace),
        result: event.code === FILE_NOT_FOUND ? 'notFound' : 'refused',
        ...(namespace.generation === undefined ? { reason: IMAGES_NOT_READY } : {}),
      };
    }
    default:
      return undefined;
  }
}

function transferResult({ outcome, error, bytesSent }: TransferFinishedEvent): SightingResult {
  if (outcome === 'completed') {
    return 'delivered';
  }
  return outcome === 'aborted' && bytesSent === 0 && error?.by === 'peer'
    ? 'sizeOnly'
    : 'interrupted';
}

function requestFacts(
  name: string,
  address: string,
  { servedPath }: Pick<BootNamespace, 'servedPath'>,
): Omit<Sighting, 'result'> & { readonly transport: 'tftp' } {
  const path = logicalPath(name);
  const served = path === undefined ? undefined : servedPath(path);
  const identity = path === undefined ? undefined : identityInPath(path);
  return {
    at: Date.now(),
    durationMs: 0,
    transport: 'tftp',
    address: plainAddress(address),
    path: served ?? printableName(path ?? name),
    ...(identity === undefined ? {} : { identity }),
  };
}

function httpSighting(
  facts: HttpRequestFacts,
  { servedPath }: Pick<BootNamespace, 'servedPath'>,
): Sighting {
  const { durationMs, client, path, bytes, userAgent, reason } = facts;
  const identity = facts.identity ?? identityInPath(path);
  return {
    at: Date.now(),
    durationMs,
    transport: 'http',
    address: client,
    path: servedPath(path) ?? printableName(path),
    result: httpResult(facts),
    bytes,
    ...(identity === undefined ? {} : { identity }),
    ...(userAgent === undefined ? {} : { userAgent: printableName(userAgent) }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function httpResult({ method, status, aborted, reason }: HttpRequestFacts): SightingResult {
  if (status === 404) {
    return reason === undefined ? 'notFound' : 'refused';
  }
  if (status >= 400) {
    return 'refused';
  }
  if (method === 'HEAD' || status === 304) {
    return 'sizeOnly';
  }
  return aborted ? 'interrupted' : 'delivered';
}
