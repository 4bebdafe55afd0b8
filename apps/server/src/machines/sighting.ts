import { type MachineIdentity } from '../access/machine-identity.js';
import { type HostKey } from '../hosts/install.js';

/**
 * Outcome of a request.
 *
 * - `delivered`: the client has the whole file
 * - `interrupted`: the client disconnected, aborted or fell silent before it had the whole file
 * - `sizeOnly`: the client asked for the size (HEAD, or a TFTP transfer that it aborts at the OACK), or
 *   already has the file (304)
 * - `notFound`: the file does not exist here
 * - `refused`: the file exists, but is not for this client, or could not be served
 * - `denied`: the address is outside `access.allow`
 */
export type SightingResult =
  'delivered' | 'interrupted' | 'sizeOnly' | 'notFound' | 'refused' | 'denied';

/** One request from a machine, with its outcome. */
export interface Sighting {
  /** Time at which the request ended, in milliseconds since 1970. */
  readonly at: number;
  readonly durationMs: number;
  readonly transport: 'tftp' | 'http';
  /** IP address of the client. */
  readonly address: string;
  /**
   * Normalised path, or the name as the client sent it if it cannot be normalised; empty if the client was
   * denied.
   */
  readonly path: string;
  readonly result: SightingResult;
  /** Bytes of the file that the client has received; undefined while that is not known yet. */
  readonly bytes?: number | undefined;
  /** Size of the file in bytes, if it is known. */
  readonly size?: number | undefined;
  /** Block size in bytes and window in blocks of a TFTP transfer. */
  readonly blksize?: number | undefined;
  readonly windowsize?: number | undefined;
  readonly identity?: MachineIdentity | undefined;
  /** True for a kernel whose modules the archive no longer has. */
  readonly isStale?: boolean | undefined;
  /** True for the menu of a machine if that menu boots the local disk immediately. */
  readonly bootsDisk?: boolean | undefined;
  /** Explanation of a refusal. */
  readonly reason?: string | undefined;
  /** SSH host keys in the report that an installation has finished. */
  readonly hostKeys?: readonly HostKey[] | undefined;
  /**
   * True if the same transfer was already reported as delivered: only its figures are new. With a
   * boot ROM that never acknowledges the last block, the transfer ends half a minute after
   * delivery.
   */
  readonly isLate?: boolean | undefined;
  /** Same object for all sightings of one transfer, if there are several. */
  readonly transfer?: object | undefined;
}

/**
 * Returns true if only a client at its address can have caused the sighting. TFTP requests carry a source
 * address that anyone can forge; acknowledged bytes and TCP connections prove the address.
 */
export function isProven({
  transport,
  result,
  bytes = 0,
}: Pick<Sighting, 'transport' | 'result' | 'bytes'>): boolean {
  return result !== 'denied' && (transport === 'http' || result === 'delivered' || bytes > 0);
}
