import { type Arch, type Suite } from '@pxe/debian-netboot/catalog';

import { type HostSettings } from '../config/hosts.js';

/** Menu of a machine, and the entry that it starts automatically. */
export interface BootPlan {
  /** Name of the host; undefined for machines that no host matches. */
  readonly host: string | undefined;
  /**
   * True for a machine that no host matches and whose `host` is its MAC address.
   *
   * @default false
   */
  readonly isUnknown?: boolean;
  /** Property of the machine that the host matched. */
  readonly matchedBy?: 'mac' | 'uuid' | 'ip' | 'subnet';
  /**
   * Item that starts automatically: nothing (`menu`), the local disk (`local`), the installation (`install`), or
   * the entry with this id, after a notice.
   */
  readonly boot: string;
  /** Cache key of the menu for this plan; undefined if the plan contains a token and must not be cached. */
  readonly cacheKey: string | undefined;
  readonly suite?: Suite | undefined;
  readonly arch?: Arch | undefined;
  /** Kernel arguments, added after those for all machines. */
  readonly kernelArgs?: string | undefined;
  readonly title?: string | undefined;
  /** Content of the installation entry; present only with `install`. */
  readonly install?: InstallEntry;
}

/** Contents of the entry that starts an unattended installation. */
export interface InstallEntry {
  /** Start of the kernel's path, as in `/s/0123`. */
  readonly kernelFolder: string;
  /**
   * Returns kernel arguments for the installer. They contain a token.
   *
   * @param origin - scheme, host and port of boot HTTP
   */
  kernelArgs(origin: string): string;
}

/** Number of seconds between the notice that an entry is about to start and its start. */
export const NOTICE_SECONDS = 3;

/** Returns the plan of a host without an installation. */
export function planOfHost({ name, match, ...host }: HostSettings): BootPlan {
  const { boot, suite, arch, kernelArgs, title } = host;
  const kinds = ['mac', 'uuid', 'ip', 'subnet'] as const;
  const matchedBy = kinds.find((kind) => match[kind] !== undefined);
  return {
    host: name,
    boot,
    cacheKey: name,
    suite,
    arch,
    kernelArgs,
    title,
    ...(matchedBy !== undefined && { matchedBy }),
  };
}

/** Returns the plan for machines that no host matches. */
export function planOfUnknown(boot: string): BootPlan {
  return { host: undefined, boot, cacheKey: '' };
}

/** Plan of machines without individual settings. */
export const MENU_PLAN: BootPlan = planOfUnknown('menu');
