import { LRUCache } from 'lru-cache';

const CLIENTS_REMEMBERED = 16_384;
const REMEMBERED_FOR_MS = 60 * 60 * 1000;

/** The BIOS boot loader that a client runs, which decides what its menu may point to. */
export type BiosLoader = 'lpxelinux' | 'pxelinux';

const LOADER_FILES: Readonly<Record<string, BiosLoader>> = {
  '/lpxelinux.0': 'lpxelinux',
  '/pxelinux.0': 'pxelinux',
};

/**
 * Remembers which loader each address fetched last: lpxelinux.0 can load URLs, pxelinux.0 can
 * only load by TFTP, and both ask for the same configuration file.
 */
export interface LoaderMemory {
  note(address: string, path: string): void;
  loaderOf(address: string): BiosLoader;
}

export function createLoaderMemory(): LoaderMemory {
  const loaders = new LRUCache<string, BiosLoader>({
    max: CLIENTS_REMEMBERED,
    ttl: REMEMBERED_FOR_MS,
  });
  return {
    note(address, path) {
      const loader = LOADER_FILES[path];
      if (loader !== undefined) loaders.set(address, loader);
    },
    loaderOf: (address) => loaders.get(address) ?? 'lpxelinux',
  };
}
