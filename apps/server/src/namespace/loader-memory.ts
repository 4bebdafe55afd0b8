import { LRUCache } from 'lru-cache';

import { type Arch, ARCHES, archFacts } from '@pxe/debian-netboot';

import { plainAddress } from '../access/allow-list.js';
import { type BootEvents } from '../log/events.js';
import { logicalPath } from './logical-path.js';

const CLIENTS_REMEMBERED = 16_384;
const REMEMBERED_FOR_MS = 60 * 60 * 1000;
/** Machines behind one address that boot at the same time; one machine needs seconds. */
const TOGETHER_MS = 10 * 60 * 1000;

/** The BIOS boot loader that a client runs, which decides what its menu may point to. */
export type BiosLoader = 'lpxelinux' | 'pxelinux';

const LOADER_FILES: ReadonlyMap<string | undefined, BiosLoader> = new Map([
  ['/lpxelinux.0', 'lpxelinux'],
  ['/pxelinux.0', 'pxelinux'],
]);

const SHIMS: ReadonlyMap<string, Arch> = new Map(
  ARCHES.map((arch) => [archFacts(arch).shim, arch] as const),
);
const GRUBS: ReadonlySet<string> = new Set(ARCHES.map((arch) => archFacts(arch).grub));

/** Time in which shim asks for its second stage; emulated machines need a second. */
const SECOND_STAGE_MS = 30 * 1000;

/** When each loader was last fetched by an address, on the memory's clock. */
type Fetches = Readonly<Partial<Record<BiosLoader, number>>> & {
  /** Shim, unless GRUB has followed. */
  readonly shim?: { readonly arch: Arch; readonly at: number };
};

/**
 * Remembers which loaders each address has fetched: lpxelinux.0 can load URLs, pxelinux.0 can only
 * load by TFTP, and both ask for the same configuration file. Requests do not count, since anyone
 * can forge one; only fetches do whose every block the address has acknowledged, except perhaps the
 * last one. So forged sources change nothing, and push nobody out.
 */
export interface LoaderMemory {
  /** Remembers that an address has got a file. */
  fetched(address: string, path: string): void;
  /**
   * The loader to write for: the last one, but pxelinux.0 where both were fetched within ten
   * minutes, as by machines behind one address, since both can load what is written for that.
   */
  loaderOf(address: string): BiosLoader;
  /** The architecture of the shim that an address has just fetched, and of no GRUB since. */
  shimOf(address: string): Arch | undefined;
}

export interface LoaderMemoryOptions {
  /** Milliseconds from any origin. @default performance.now */
  readonly now?: () => number;
}

export function createLoaderMemory({
  now = () => performance.now(),
}: LoaderMemoryOptions = {}): LoaderMemory {
  const clients = new LRUCache<string, Fetches>({ max: CLIENTS_REMEMBERED });
  return {
    fetched(address, path) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const loader = LOADER_FILES.get(path);
      const arch = SHIMS.get(name);
      if (loader !== undefined) {
        clients.set(address, { ...clients.get(address), [loader]: now() });
      } else if (arch !== undefined) {
        clients.set(address, { ...clients.get(address), shim: { arch, at: now() } });
      } else if (GRUBS.has(name)) {
        const { shim: _shim, ...others } = clients.get(address) ?? {};
        clients.set(address, others);
      }
    },
    shimOf(address) {
      const shim = clients.get(address)?.shim;
      return shim !== undefined && now() - shim.at < SECOND_STAGE_MS ? shim.arch : undefined;
    },
    loaderOf(address) {
      const { lpxelinux = -Infinity, pxelinux = -Infinity } = clients.get(address) ?? {};
      const age = now() - pxelinux;
      const isLast = pxelinux > lpxelinux && age < REMEMBERED_FOR_MS;
      return isLast || age < TOGETHER_MS ? 'pxelinux' : 'lpxelinux';
    },
  };
}

/**
 * Passes events on, and remembers the loaders whose fetches they complete.
 *
 * @param servedPath - the path of the file that a client's spelling of it stands for
 */
export function rememberLoaders(
  loaders: LoaderMemory,
  events: BootEvents,
  servedPath: (path: string) => string | undefined,
): BootEvents {
  const fetched = (address: string, spelling: string): void => {
    const path = servedPath(spelling);
    if (path !== undefined) {
      loaders.fetched(address, path);
    }
  };
  return {
    ...events,
    tftp(event) {
      // A boot ROM that never acknowledges the last block asks for its menu at once.
      if (event.type === 'transferDelivered') {
        const path = logicalPath(event.filename);
        if (path !== undefined) {
          fetched(plainAddress(event.remote.address), path);
        }
      }
      events.tftp(event);
    },
    httpRequest(facts) {
      const { method, status, aborted, client, path } = facts;
      if (method === 'GET' && status === 200 && !aborted) {
        fetched(client, path);
      }
      events.httpRequest(facts);
    },
  };
}
