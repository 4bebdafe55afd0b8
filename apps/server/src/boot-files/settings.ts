import { type GenerationManifest } from '@pxe/debian-netboot';
import { type Diagnostic, type PathRole } from '@pxe/syslinux-menu';

import { type OwnEntry } from '../config/own-entries.js';
import { type BootPlan, MENU_PLAN } from '../hosts/boot-plan.js';
import { type Machine } from '../hosts/host-table.js';
import { LEFT_OUT } from '../log/menu-findings.js';
import { type MenuSettings } from '../menu/boot-menu.js';
import { ownItems, type Platform } from '../menu/own-items.js';
import { type BootClient } from '../namespace/boot-namespace.js';
import { type BiosLoader, type LoaderMemory } from '../namespace/loader-memory.js';
import { bootUrl, type BootUrlSettings } from './boot-url.js';

/** Everything that generated files depend on, other than the client and the generation. */
export interface BootFileSettings extends BootUrlSettings {
  readonly menu: MenuSettings;
  /** Extra entries of the menu. @default none */
  readonly entries?: readonly OwnEntry[];
  /**
   * Returns the plan of a machine: that of the host that matches it, otherwise that of unknown machines.
   * Returns the same object for the same host.
   *
   * @default every machine gets the menu
   */
  readonly planOf?: (machine: Machine) => BootPlan;
  /**
   * Called with each part of the menu that a loader's menu format cannot express.
   *
   * @default findings are dropped
   */
  readonly onMenuFinding?: (loader: MenuLoader, finding: Diagnostic) => void;
}

/** Loader whose menu a finding is about. */
export type MenuLoader = 'syslinux' | 'GRUB' | 'iPXE' | 'U-Boot';

/** Returns the renderer option that passes findings to `onMenuFinding`. */
export function findingsOf(
  loader: MenuLoader,
  { onMenuFinding }: BootFileSettings,
): { onFinding?: (finding: Diagnostic) => void } {
  if (onMenuFinding === undefined) {
    return {};
  }
  return {
    onFinding: (finding) => {
      onMenuFinding(loader, finding);
    },
  };
}

/**
 * Returns the settings of a loader's menu, with the extra entries that it can start. Reports those that it
 * cannot start.
 */
export function menuFor(
  loader: MenuLoader,
  platform: Platform,
  { entries: stored = [] }: Pick<GenerationManifest, 'entries'>,
  { menu, entries = [], onMenuFinding }: BootFileSettings,
): MenuSettings {
  const { items, leftOut } = ownItems(entries, stored, platform);
  for (const { id, reason } of leftOut) {
    const message = `${platform.name} does not show the entry ${id}: ${reason}`;
    onMenuFinding?.(loader, { severity: 'note', code: LEFT_OUT, message });
  }
  return { ...menu, own: items };
}

/**
 * Everything about a client that a generated file may depend on. Clients of one class get the same
 * bytes, so each file is generated once per class and generation.
 */
export interface ClientClass {
  /** Scheme, host and port under which the client reaches boot HTTP. */
  readonly origin: string;
  readonly loader: BiosLoader;
  /** Plan of the machine. @default the menu */
  readonly plan?: BootPlan;
}

/** Returns the class of a client: what the files generated for it depend on. */
export function clientClass(
  client: BootClient,
  settings: BootFileSettings,
  loaders: Pick<LoaderMemory, 'loaderOf'>,
): ClientClass {
  return {
    origin: bootUrl(client, settings).origin,
    loader: loaders.loaderOf(client.address),
    plan: planOf(client, settings),
  };
}

function planOf({ address, identity }: BootClient, settings: BootFileSettings): BootPlan {
  return settings.planOf?.({ ...identity, address }) ?? MENU_PLAN;
}

/**
 * Returns true for kernels and initrds, whose paths contain the machine's identifiers if the loader knows
 * them.
 */
export function isImageFile(role: PathRole): boolean {
  return role === 'kernel' || role === 'initrd';
}
