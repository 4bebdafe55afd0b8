import { type Generation } from '@pxe/debian-netboot';
import { type TftpServerEvent, type TransferFinishedEvent } from '@pxe/tftp-protocol/node';

import { plainAddress } from '../access/allow-list.js';
import { identityInPath, type MachineIdentity } from '../access/machine-identity.js';
import { isMirrorPath } from '../access/mirror-path.js';
import { type Machine } from '../hosts/host-table.js';
import { isDoctor } from '../log/doctor-requests.js';
import { type BootEvents, type HttpRequestFacts } from '../log/events.js';
import { printableName } from '../log/printable.js';
import { type BootNamespace } from '../namespace/boot-namespace.js';
import { logicalPath } from '../namespace/logical-path.js';
import { type BootJournal } from './boot-journal.js';
import { isInstallPath, isMachineMenu } from './file-role.js';
import { type Sighting, type SightingResult } from './sighting.js';

/** TFTP error code for a missing file (RFC 1350). */
const FILE_NOT_FOUND = 1;

/** Maximum number of cached names. */
const MAX_KNOWN = 2048;
/** Maximum length of a cached name, in characters. */
const MAX_KNOWN_LENGTH = 256;

type Served = Pick<BootNamespace, 'generation' | 'notReady' | 'servedPath'>;

/** Returns true for a machine whose menu boots its local disk immediately. */
type BootsDisk = (machine: Machine) => boolean;

/** Properties of a request that follow from the requested name. */
interface RequestedName {
  readonly path: string;
  readonly identity: MachineIdentity | undefined;
  /** True if the server has this file, even if it refuses it to this client. */
  readonly isServed: boolean;
  /** True for a kernel whose modules the archive no longer has. */
  readonly isStale: boolean;
}

/**
 * Returns a receiver that passes each event on to `events`, and records its request in the journal.
 *
 * @param bootsDisk - called with the machine of each menu that is fetched
 */
export function watchBoots(
  journal: Pick<BootJournal, 'see' | 'began' | 'ended'>,
  events: BootEvents,
  namespace: Served,
  bootsDisk: BootsDisk,
): BootEvents {
  const tftpName = remembered(namespace, (name) => {
    const path = logicalPath(name);
    return path === undefined
      ? { path: printableName(name), identity: undefined, isServed: false, isStale: false }
      : requestedPath(path, namespace);
  });
  const httpName = remembered(namespace, (path) => requestedPath(path, namespace));

  const diskOf = (path: string, machine: Machine): boolean | undefined =>
    isMachineMenu(path) ? bootsDisk(machine) : undefined;

  /**
   * Remotes of the transfers in flight. Not a weak set, since that would slow down every garbage collection.
   */
  const transfers = new Set<object>();

  // Complete object literals, since one is created for each request, and adding fields later costs several
  // times as much.
  function tftpSighting(event: TftpServerEvent): Sighting | undefined {
    switch (event.type) {
      case 'transferStarted':
        transfers.add(event.remote);
        journal.began(plainAddress(event.remote.address));
        return undefined;
      case 'transferDelivered': {
        const { path, identity, isStale } = tftpName(event.filename);
        const address = plainAddress(event.remote.address);
        return {
          at: Date.now(),
          durationMs: 0,
          transport: 'tftp',
          address,
          path,
          result: 'delivered',
          bytes: undefined,
          size: undefined,
          blksize: undefined,
          windowsize: undefined,
          identity,
          reason: undefined,
          isStale,
          bootsDisk: diskOf(path, { ...identity, address }),
          isLate: false,
          transfer: event.remote,
        };
      }
      case 'transferFinished': {
        // A transfer that ended before it was answered has not started.
        if (transfers.delete(event.remote)) {
          journal.ended(plainAddress(event.remote.address));
        }
        const { path, identity, isStale } = tftpName(event.filename);
        const isCompleted = event.outcome === 'completed';
        const address = plainAddress(event.remote.address);
        return {
          at: Date.now(),
          durationMs: event.durationMs,
          transport: 'tftp',
          address,
          path,
          result: transferResult(event),
          bytes: event.bytesAcknowledged,
          size: event.size,
          blksize: event.blksize,
          windowsize: event.windowsize,
          identity,
          reason: undefined,
          isStale,
          bootsDisk: isCompleted ? undefined : diskOf(path, { ...identity, address }),
          isLate: isCompleted,
          transfer: isCompleted ? event.remote : undefined,
        };
      }
      case 'requestRefused': {
        if (event.filename === undefined) {
          return undefined;
        }
        const { path, identity, isStale } = tftpName(event.filename);
        return {
          at: Date.now(),
          durationMs: 0,
          transport: 'tftp',
          address: plainAddress(event.remote.address),
          path,
          result: event.code === FILE_NOT_FOUND ? 'notFound' : 'refused',
          bytes: undefined,
          size: undefined,
          blksize: undefined,
          windowsize: undefined,
          identity,
          reason: namespace.notReady,
          isStale,
          bootsDisk: undefined,
          isLate: false,
          transfer: undefined,
        };
      }
      case 'sourceDenied':
        return denied('tftp', event.address);
      default:
        return undefined;
    }
  }

  return {
    ...events,
    tftp(event, isProbe = false) {
      const sighting = isProbe ? undefined : tftpSighting(event);
      if (sighting !== undefined) {
        journal.see(sighting);
      }
      events.tftp(event, isProbe);
    },
    httpRequest(facts) {
      const { path, identity, isStale, isServed } = httpName(facts.path);
      // `pxeboot doctor` is not a machine, the page about this server is meant for people, and packages are
      // not part of a boot. Requests of installers are reported elsewhere, with the boot that they belong to,
      // since the installer's address may differ from that of the boot.
      if (
        isDoctor(facts.userAgent) ||
        facts.path === '/' ||
        isMirrorPath(facts.path) ||
        (isInstallPath(path) && facts.status < 400)
      ) {
        events.httpRequest(facts);
        return;
      }
      journal.see({
        at: Date.now(),
        durationMs: facts.durationMs,
        transport: 'http',
        address: facts.client,
        path,
        result: httpResult(facts, isServed),
        bytes: facts.bytes,
        size: facts.size,
        blksize: undefined,
        windowsize: undefined,
        identity: facts.identity ?? identity,
        reason: facts.reason,
        isStale,
        bootsDisk: diskOf(path, { ...(facts.identity ?? identity), address: facts.client }),
        isLate: false,
        transfer: undefined,
      });
      events.httpRequest(facts);
    },
    sourceDenied(plane, address) {
      journal.see(denied(plane === 'http' ? 'http' : 'tftp', address));
      events.sourceDenied(plane, address);
    },
  };
}

function denied(transport: Sighting['transport'], address: string): Sighting {
  return {
    at: Date.now(),
    durationMs: 0,
    transport,
    address: plainAddress(address),
    path: '',
    result: 'denied',
  };
}

function requestedPath(name: string, { servedPath, generation }: Served): RequestedName {
  const served = servedPath(name);
  const path = served ?? printableName(name);
  return {
    path,
    isServed: served !== undefined,
    identity: identityInPath(name),
    isStale:
      generation?.manifest.targets.some(
        ({ suite, build, arch, variant, abi }) =>
          abi === 'stale' && path === `/debian/${suite}/${build}/${arch}/${variant}/linux`,
      ) === true,
  };
}

/** Adds a cache to a function; the cache is cleared when the generation changes. */
function remembered(
  namespace: Served,
  read: (name: string) => RequestedName,
): (name: string) => RequestedName {
  const known = new Map<string, RequestedName>();
  let generation: Generation | undefined;
  return (name) => {
    if (namespace.generation !== generation) {
      generation = namespace.generation;
      known.clear();
    }
    const before = known.get(name);
    if (before !== undefined) {
      return before;
    }
    const result = read(name);
    if (name.length <= MAX_KNOWN_LENGTH) {
      if (known.size >= MAX_KNOWN) {
        known.clear();
      }
      known.set(name, result);
    }
    return result;
  };
}

function transferResult({ outcome, error, bytesSent }: TransferFinishedEvent): SightingResult {
  if (outcome === 'completed') {
    return 'delivered';
  }
  return outcome === 'aborted' && bytesSent === 0 && error?.by === 'peer'
    ? 'sizeOnly'
    : 'interrupted';
}

function httpResult(
  { method, status, aborted, reason }: HttpRequestFacts,
  isServed: boolean,
): SightingResult {
  if (status === 404) {
    // A wrong name has a reason, too, if the server can guess what was meant.
    return reason === undefined || !isServed ? 'notFound' : 'refused';
  }
  if (status >= 400) {
    return 'refused';
  }
  if (method === 'HEAD' || status === 304) {
    return 'sizeOnly';
  }
  return aborted ? 'interrupted' : 'delivered';
}
