import { LRUCache } from 'lru-cache';

import { type Arch, ARCHES, archFacts } from '@pxe/debian-netboot/catalog';

import { plainAddress } from '../access/allow-list.js';
import { type BootEvents } from '../log/events.js';
import { logicalPath } from './logical-path.js';

const CLIENTS_REMEMBERED = 16_384;
const REMEMBERED_FOR_MS = 60 * 60 * 1000;
/**
 * Time in milliseconds within which machines behind one address count as booting together; a single machine
 * needs a few seconds.
 */
const TOGETHER_MS = 10 * 60 * 1000;

/** BIOS boot loader of a client, which decides whether its menu may contain URLs. */
export type BiosLoader = 'lpxelinux' | 'pxelinux';

const LOADER_FILES: ReadonlyMap<string | undefined, BiosLoader> = new Map([
  ['/lpxelinux.0', 'lpxelinux'],
  ['/pxelinux.0', 'pxelinux'],
]);

const SHIMS: ReadonlyMap<string, Arch> = new Map(
  ARCHES.map((arch) => [archFacts(arch).shim, arch] as const),
);
const GRUBS: ReadonlySet<string> = new Set(ARCHES.map((arch) => archFacts(arch).grub));

/** Time within which shim requests its second stage, in milliseconds; emulated machines take about 1,000. */
const SECOND_STAGE_MS = 30 * 1000;

/** Times when an address last fetched each loader, in milliseconds on the clock of the memory. */
type Fetches = Readonly<Partial<Record<BiosLoader, number>>> & {
  /** Shim that was fetched, until GRUB follows. */
  readonly shim?: { readonly arch: Arch; readonly at: number };
};

/**
 * Remembers which loaders each address has fetched: lpxelinux.0 can load URLs, pxelinux.0 only TFTP paths,
 * and both request the same configuration file. A TFTP transfer counts only if all of its blocks were
 * acknowledged, except perhaps the last one, since a mere request can be forged, and must neither change a
 * menu nor displace another address.
 */
export interface LoaderMemory {
  /** Records that an address received a file. */
  fetched(address: string, path: string): void;
  /**
   * Returns the loader to render a menu for: pxelinux.0 if it was the last one fetched and that was within
   * the last hour, or if it was fetched within the last ten minutes (another machine behind the address may
   * have fetched lpxelinux.0 since, and both can load TFTP paths); otherwise lpxelinux.0.
   */
  loaderOf(address: string): BiosLoader;
  /** Returns true if the address fetched a BIOS loader within the last hour. */
  isBios(address: string): boolean;
  /** Returns the architecture of a shim that the address has just fetched without a GRUB after it. */
  shimOf(address: string): Arch | undefined;
}

export interface LoaderMemoryOptions {
  /**
   * Clock, in milliseconds since any point in time.
   * @default performance.now
   */
  readonly now?: () => number;
  /** Called when a client has loaded GRUB, or the shim that loads it. */
  readonly onGrub?: (address: string) => void;
}

export function createLoaderMemory({
  now = () => performance.now(),
  onGrub,
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
        onGrub?.(address);
        clients.set(address, { ...clients.get(address), shim: { arch, at: now() } });
      } else if (GRUBS.has(name)) {
        onGrub?.(address);
        const { shim: _shim, ...others } = clients.get(address) ?? {};
        clients.set(address, others);
      }
    },
    shimOf(address) {
      const shim = clients.get(address)?.shim;
      return shim !== undefined && now() - shim.at < SECOND_STAGE_MS ? shim.arch : undefined;
    },
    isBios(address) {
      const { lpxelinux = -Infinity, pxelinux = -Infinity } = clients.get(address) ?? {};
      return now() - Math.max(lpxelinux, pxelinux) < REMEMBERED_FOR_MS;
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
 * Returns a receiver that passes each event on to `events`, and records the loaders that were delivered.
 *
 * @param servedPath - returns the path of the file that a client's spelling refers to
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
    tftp(event, isProbe) {
      // Some boot ROMs never acknowledge the last block, and request their menu immediately.
      if (event.type === 'transferDelivered') {
        const path = logicalPath(event.filename);
        if (path !== undefined) {
          fetched(plainAddress(event.remote.address), path);
        }
      }
      events.tftp(event, isProbe);
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
