import type { Generation } from '@pxe/debian-netboot';

import type { Content } from '../content/content.js';
import type { BootClient } from './boot-client.js';
import { generationFiles, type ServedFile } from './generation-files.js';
import { isUBootConfigPath, U_BOOT_CONFIG_PATH } from './u-boot-config-path.js';

/** How long an earlier generation's images stay served: a slow installer may still load them. */
const RETAINED_FOR_MS = 2 * 60 * 60 * 1000;

/** The one read-only tree that TFTP and HTTP serve: a table, never a directory. */
export interface BootNamespace {
  /** The content at a normalised path for this client, or undefined. */
  lookup(path: string, client: BootClient): Content | undefined;
  /** Why a file that is there is kept from this client, in words; undefined if it is not there. */
  reasonAgainst(path: string, client: BootClient): string | undefined;
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
}

interface Served {
  readonly generation: Generation;
  readonly files: ReadonlyMap<string, ServedFile>;
  /** When a newer generation took its place. */
  retiredAt: number;
}

export function createBootNamespace(options: BootNamespaceOptions): BootNamespace {
  const { generated, now = () => performance.now() } = options;
  let current: Served | undefined;
  let retired: readonly Served[] = [];

  return {
    lookup(path, client) {
      if (current === undefined) return undefined;
      const generate = generated.get(isUBootConfigPath(path) ? U_BOOT_CONFIG_PATH : path);
      if (generate !== undefined) return generate(client, current.generation);
      const file = current.files.get(path) ?? retiredImage(path);
      if (file === undefined || (file.tftpOnly && client.transport === 'http')) return undefined;
      return file;
    },
    reasonAgainst(path, { transport }) {
      const file = current?.files.get(path);
      if (transport !== 'http' || file?.tftpOnly !== true) return undefined;
      return 'the GRUB of the images here cannot load by HTTP and would stop at its prompt; let the machine boot by TFTP (PXE), or add trixie or a later release to images';
    },
    use(generation) {
      if (current?.generation.id === generation.id) return;
      if (current !== undefined) retired = [{ ...current, retiredAt: now() }, ...retired];
      current = { generation, files: generationFiles(generation), retiredAt: Infinity };
    },
    get generation() {
      return current?.generation;
    },
  };

  /** Image paths name their build, so an old one still means the same bytes. */
  function retiredImage(path: string): ServedFile | undefined {
    retired = retired.filter(({ retiredAt }) => now() - retiredAt < RETAINED_FOR_MS);
    if (!path.startsWith('/debian/')) return undefined;
    return retired.map(({ files }) => files.get(path)).find((file) => file !== undefined);
  }
}
