import { type Generation } from '@pxe/debian-netboot';

import { type Content } from '../content/content.js';
import { generationFiles, type ServedFile } from './generation-files.js';
import { isPrintable } from './logical-path.js';
import { nearMiss } from './near-miss.js';
import { isUBootConfigPath, U_BOOT_CONFIG_PATH } from './u-boot-config-path.js';

/** How long an earlier generation's images stay served: a slow installer may still load them. */
const RETAINED_FOR_MS = 2 * 60 * 60 * 1000;

/** Longest path that is looked for in front of junk, in characters; the longest served has under 100. */
const MAX_PATH_LENGTH = 128;

/** Who asks for a file, and how: what a generated file may depend on. */
export interface BootClient {
  readonly transport: 'tftp' | 'http';
  /** The client's address. */
  readonly address: string;
  /** The address of ours that it asked. */
  readonly localAddress: string;
}

/** The one read-only tree that TFTP and HTTP serve: a table, never a directory. */
export interface BootNamespace {
  /** The content at a normalised path for this client, or undefined. */
  lookup(path: string, client: BootClient): Content | undefined;
  /**
   * The path of the file that a normalised path stands for: itself, if it is there, or the longest
   * path with which it begins, if it goes on with junk. Firmware reads past the end of DHCP option 67,
   * so that line ends, 0xFF or whole options of DHCP follow a name.
   */
  servedPath(path: string): string | undefined;
  /**
   * Why a file is kept from this client, or which file was meant by a name that is not there, in words
   * for the log; undefined if there is nothing to say.
   */
  reasonAgainst(path: string, client: Pick<BootClient, 'transport'>): string | undefined;
  /** Switches loaders, images and menus to this generation at once. */
  use(generation: Generation): void;
  readonly generation: Generation | undefined;
}

/** Makes a file for the client that asks; undefined when it has none for it. */
export type GeneratedFile = (client: BootClient, generation: Generation) => Content | undefined;

export interface BootNamespaceOptions {
  /** Generated files by path. */
  readonly generated: ReadonlyMap<string, GeneratedFile>;
  readonly now?: () => number;
  /** Milliseconds since 1970. @default Date.now */
  readonly wallClock?: () => number;
  /**
   * Path of the file to give to a client that asks for one that is not there.
   *
   * @default there is none
   */
  readonly fallback?: (path: string, client: BootClient) => string | undefined;
}

interface Served {
  readonly generation: Generation;
  readonly files: ReadonlyMap<string, ServedFile>;
  /** When a newer generation took its place. */
  retiredAt: number;
}

export function createBootNamespace(options: BootNamespaceOptions): BootNamespace {
  const { generated, now = () => performance.now(), wallClock = Date.now, fallback } = options;
  let current: Served | undefined;
  let retired: readonly Served[] = [];
  let switchedAt = 0;
  /** Every path but those of retired images, by its name in lower case. */
  let names: ReadonlyMap<string, string> = new Map();

  return {
    lookup(path, client) {
      if (current === undefined) {
        return undefined;
      }
      const served = servedPath(path) ?? fallback?.(path, client);
      if (served === undefined) {
        return undefined;
      }
      const generate = generated.get(served);
      if (generate !== undefined) {
        return generate(client, current.generation);
      }
      const file = current.files.get(served) ?? retiredImage(served);
      if (file === undefined || (file.tftpOnly && client.transport === 'http')) {
        return undefined;
      }
      return file;
    },
    servedPath,
    reasonAgainst(path, { transport }) {
      if (current === undefined) {
        return undefined;
      }
      const served = servedPath(path);
      if (served === undefined) {
        return nearMiss(path, names);
      }
      if (transport !== 'http' || current.files.get(served)?.tftpOnly !== true) {
        return undefined;
      }
      return 'the GRUB of the images here cannot load by HTTP and would stop at its prompt; let the machine boot by TFTP (PXE), or add trixie or a later release to images';
    },
    use(generation) {
      if (current?.generation.id === generation.id) {
        return;
      }
      if (current !== undefined) {
        retired = [{ ...current, retiredAt: now() }, ...retired];
      }
      // Dates only grow, back to an earlier generation too: If-Modified-Since must not miss that.
      const atLeast = Math.max(wallClock(), Date.parse(generation.manifest.createdAt) || 0);
      switchedAt = Math.max(Math.floor(atLeast / 1000) * 1000, switchedAt + 1000);
      const files = generationFiles(generation, switchedAt, current?.files);
      current = { generation, files, retiredAt: Infinity };
      const paths = [...generated.keys(), ...current.files.keys()];
      names = new Map(paths.map((path) => [path.toLowerCase(), path]));
    },
    get generation() {
      return current?.generation;
    },
  };

  function servedPath(path: string): string | undefined {
    if (isUBootConfigPath(path)) {
      return U_BOOT_CONFIG_PATH;
    }
    if (isServed(path)) {
      return path;
    }
    if (isPrintable(path)) {
      return undefined;
    }
    for (let end = Math.min(path.length - 1, MAX_PATH_LENGTH); end > 1; end--) {
      const beginning = path.slice(0, end);
      if (isServed(beginning)) {
        return beginning;
      }
    }
    return undefined;
  }

  function isServed(path: string): boolean {
    return (
      generated.has(path) || current?.files.has(path) === true || retiredImage(path) !== undefined
    );
  }

  /** Image paths name their build, so an old one still means the same bytes. */
  function retiredImage(path: string): ServedFile | undefined {
    if (!path.startsWith('/debian/')) {
      return undefined;
    }
    retired = retired.filter(({ retiredAt }) => now() - retiredAt < RETAINED_FOR_MS);
    return retired.map(({ files }) => files.get(path)).find((file) => file !== undefined);
  }
}
