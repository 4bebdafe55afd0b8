import { wordAt } from '../language/keyword.js';
import { type LoadedConfig, type LoadedEntry } from '../language/loaded.js';
import { type Directive } from '../read/config-reader.js';
import { type CoreSettings } from '../read/core-settings.js';
import { type StartPlan } from './start-plan.js';

/** Directives of U-Boot's reader that syslinux does not know. */
const ONLY_U_BOOT: ReadonlySet<string> = new Set([
  'FDT',
  'FDTDIR',
  'FDTOVERLAYS',
  'DEVICETREE',
  'DEVICETREEDIR',
]);

/** Whether the file is for U-Boot: it names device trees, and no menu program. */
export function isForUBoot(core: CoreSettings, directives: readonly Directive[]): boolean {
  return core.ui === undefined && directives.some(({ keyword }) => ONLY_U_BOOT.has(keyword));
}

/**
 * What U-Boot does with an `extlinux.conf` (boot/pxe_utils.c, common/menu.c): with PROMPT, or any MENU line
 * outside of labels, it shows a numbered menu; else the default boots at once, or the first label.
 */
export function uBootPlan(
  core: CoreSettings,
  config: LoadedConfig,
  directives: readonly Directive[],
): StartPlan {
  const entries = config.menus.flatMap((menu) => menu.entries);
  const startable = entries.filter(({ action }) => action === 'command');
  const named = wordAt(core.globalDefault ?? '', 0);
  const entry: LoadedEntry | undefined =
    startable.find(({ label }) => label !== undefined && label === named) ??
    startable.find(({ isDefault }) => isDefault) ??
    startable[0];
  const asks =
    core.prompt ||
    directives.some(({ keyword, label }) => label === 0 && keyword.startsWith('MENU '));
  // Tenths of a second, in whole seconds.
  const waitMs = Math.ceil(core.timeoutMs / 1000) * 1000;
  const plan = { loader: 'u-boot', files: [] } as const;
  if (entry === undefined) {
    return { ...plan, shows: 'prompt', unattended: { type: 'wait' }, fault: 'empty-menu' };
  }
  const boot = { type: 'boot', entry, commandLine: String(entry.commandLine) } as const;
  if (!asks) return { ...plan, shows: 'boot', unattended: { ...boot, afterMs: 0 }, chosen: entry };
  return {
    ...plan,
    shows: 'menu',
    unattended: waitMs === 0 ? { type: 'wait' } : { ...boot, afterMs: waitMs },
    chosen: entry,
  };
}
