import { type Generation } from '@pxe/debian-netboot';

import { startPath } from '../access/install-path.js';
import { identityInPath, type MachineIdentity, machinePath } from '../access/machine-identity.js';
import { type Content } from '../content/content.js';
import { generationFiles, type ServedFile } from './generation-files.js';
import { isPrintable } from './logical-path.js';
import { nearMiss } from './near-miss.js';
import { isUBootConfigPath, U_BOOT_CONFIG_PATH } from './u-boot-config-path.js';

/** Time for which images of an earlier generation stay available to slow installers, in milliseconds. */
const RETAINED_FOR_MS = 2 * 60 * 60 * 1000;

/**
 * Maximum length of a path that is followed by junk, in characters; the longest served path has fewer than
 * 100.
 */
const MAX_PATH_LENGTH = 128;

/** Beginnings of the reasons for serving nothing while the store has no generation. */
export const NOT_READY = {
  none: 'there are no images yet',
  fetching: 'the images are still being fetched',
  failed: 'the images could not be fetched',
} as const;

/**
 * Returns the key in {@link NOT_READY} of the text that a reason begins with; undefined if the reason is
 * about something else. The rest of such a reason, such as a percentage, is valid only at the time of the
 * request.
 */
export function notReadyState(reason: string | undefined): keyof typeof NOT_READY | undefined {
  const states = ['none', 'fetching', 'failed'] as const;
  return states.find((state) => reason?.startsWith(NOT_READY[state]));
}

/** Client that requests a file. Generated files may depend on it. */
export interface BootClient {
  readonly transport: 'tftp' | 'http';
  readonly address: string;
  /** Address of this host that the client sent its request to. */
  readonly localAddress: string;
  /** Identifiers that the machine claims to have in the request. */
  readonly identity?: MachineIdentity | undefined;
}

/** Read-only tree served over TFTP and HTTP: a table, never a directory. */
export interface BootNamespace {
  /** Returns the content at a normalised path for this client; undefined if there is none. */
  lookup(path: string, client: BootClient): Content | undefined;
  /**
   * Returns the path of the file that a normalised path refers to: the path itself without the identifiers of
   * a machine or, if junk follows the name, the longest served path that it begins with; undefined if there
   * is none. Some firmware reads past the end of DHCP option 67, so that line endings, 0xFF bytes or whole
   * DHCP options follow the name.
   */
  servedPath(path: string): string | undefined;
  /**
   * Explains, for the log, why this client may not have a file, or which file it probably meant; undefined if
   * there is nothing to explain.
   */
  refusalReason(path: string, client: Pick<BootClient, 'transport'>): string | undefined;
  /** Reason for serving nothing yet; undefined once there is a generation. */
  readonly notReady: string | undefined;
  /** Switches loaders, images and menus to this generation in one step. */
  use(generation: Generation): void;
  /**
   * Also serves the images and extra entries of other generations, which machines may request because of the
   * menu of another replica: those of the next generation, and of generations that were replaced less than
   * two hours ago.
   */
  alsoServe(others: readonly OtherGeneration[]): void;
  readonly generation: Generation | undefined;
}

/** Generation that is served but not offered in menus. */
export interface OtherGeneration {
  readonly generation: Generation;
  /**
   * Time when a later generation replaced it, in milliseconds since 1970.
   * @default it is the next generation
   */
  readonly replacedAt?: number;
}

/** Returns true for the name of a machine's own configuration. */
function isOwnConfig(path: string): boolean {
  return path.startsWith('/pxelinux.cfg/') && identityInPath(path) !== undefined;
}

/** Generates a file for a client; undefined if there is none for it. */
export type GeneratedFile = (client: BootClient, generation: Generation) => Content | undefined;

export interface BootNamespaceOptions {
  /** Generated files by path. */
  readonly generated: ReadonlyMap<string, GeneratedFile>;
  /**
   * Generates the configurations that PXELINUX and U-Boot request under the name of a machine,
   * `pxelinux.cfg/01-<mac>` and `pxelinux.cfg/<uuid>`.
   *
   * @default there are none
   */
  readonly ownConfig?: GeneratedFile;
  readonly now?: () => number;
  /** Clock, in milliseconds since 1970. @default Date.now */
  readonly wallClock?: () => number;
  /**
   * Returns the path of a file to serve instead of a missing one.
   *
   * @default no fallback
   */
  readonly fallback?: (path: string, client: BootClient) => string | undefined;
  /**
   * Returns the reason why there is no generation yet.
   *
   * @default NOT_READY.none
   */
  readonly notReady?: () => string;
}

interface Served {
  readonly generation: Generation;
  readonly files: ReadonlyMap<string, ServedFile>;
  /** Time when another generation replaced this one, according to the clock `now`; `Infinity` until then. */
  readonly retiredAt: number;
}

export function createBootNamespace(options: BootNamespaceOptions): BootNamespace {
  const {
    generated,
    ownConfig,
    now = () => performance.now(),
    wallClock = Date.now,
    fallback,
  } = options;
  const { notReady = () => NOT_READY.none } = options;
  let current: Served | undefined;
  /** Generations whose images are served without being offered: the next one and earlier ones. */
  let others: readonly Served[] = [];
  let switchedAt = 0;
  /** All paths except those of images that are not offered, by their lower-case form. */
  let names: ReadonlyMap<string, string> = new Map();
  let longestName = 0;

  return {
    lookup(path, client) {
      if (current === undefined) {
        return undefined;
      }
      const identity = identityInPath(path) ?? client.identity;
      const asking = identity === undefined ? client : { ...client, identity };
      if (isOwnConfig(path)) {
        return ownConfig?.(asking, current.generation);
      }
      const served = servedPath(path) ?? fallback?.(path, client);
      if (served === undefined) {
        return undefined;
      }
      const generate = generated.get(served);
      if (generate !== undefined) {
        return generate(asking, current.generation);
      }
      const file = current.files.get(served) ?? otherImage(served);
      if (file === undefined || (file.tftpOnly && client.transport === 'http')) {
        return undefined;
      }
      return file;
    },
    servedPath,
    refusalReason(path, { transport }) {
      if (current === undefined) {
        return notReady();
      }
      const served = servedPath(path);
      if (served === undefined) {
        return nearMiss(machinePath(path).path, names, longestName);
      }
      if (transport !== 'http' || current.files.get(served)?.tftpOnly !== true) {
        return undefined;
      }
      return 'the GRUB in the store cannot load over HTTP and would stop at its prompt; boot the machine over TFTP (PXE), or add trixie or a later release to images';
    },
    use(generation) {
      if (current?.generation.id === generation.id) {
        return;
      }
      const replaced = others
        .filter((other) => other.generation.id !== generation.id)
        // A next generation that was never used is replaced as well.
        .map((other) => ({ ...other, retiredAt: Math.min(other.retiredAt, now()) }));
      others = current === undefined ? replaced : [{ ...current, retiredAt: now() }, ...replaced];
      // Dates only increase, even after a rollback: If-Modified-Since must not miss a change.
      const atLeast = Math.max(wallClock(), Date.parse(generation.manifest.createdAt) || 0);
      switchedAt = Math.max(Math.floor(atLeast / 1000) * 1000, switchedAt + 1000);
      const files = generationFiles(generation, switchedAt, current?.files);
      current = { generation, files, retiredAt: Infinity };
      const paths = [...generated.keys(), ...current.files.keys()];
      names = new Map(paths.map((path) => [path.toLowerCase(), path]));
      longestName = paths.reduce((longest, { length }) => Math.max(longest, length), 0);
    },
    alsoServe(generations) {
      const known = new Set([current, ...others].map((served) => served?.generation.id));
      const added = generations
        .filter(({ generation }) => !known.has(generation.id))
        .map(({ generation, replacedAt }): Served => {
          const createdAt = Math.floor(Date.parse(generation.manifest.createdAt) / 1000) * 1000;
          return {
            generation,
            files: generationFiles(generation, createdAt),
            retiredAt: replacedAt === undefined ? Infinity : now() - (wallClock() - replacedAt),
          };
        });
      others = [...others, ...added];
    },
    get generation() {
      return current?.generation;
    },
    get notReady() {
      return current === undefined ? notReady() : undefined;
    },
  };

  function servedPath(asked: string): string | undefined {
    const { path: own } = machinePath(asked);
    const path = startPath(own)?.path ?? own;
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
      generated.has(path) || current?.files.has(path) === true || otherImage(path) !== undefined
    );
  }

  /**
   * Returns a file of a generation that menus do not offer. Paths of images contain the build, and those of extra
   * entries a hash, so a path always refers to the same bytes.
   */
  function otherImage(path: string): ServedFile | undefined {
    if (!path.startsWith('/debian/') && !path.startsWith('/entries/')) {
      return undefined;
    }
    others = others.filter(({ retiredAt }) => now() - retiredAt < RETAINED_FOR_MS);
    return others.map(({ files }) => files.get(path)).find((file) => file !== undefined);
  }
}
