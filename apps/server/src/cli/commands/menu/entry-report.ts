import { ownEntries } from '../../../config/own-entries.js';
import { type ServerConfig } from '../../../config/schema.js';
import { openDataDirectory } from '../../../images/data-directory.js';
import { ownItems, platformsOf } from '../../../menu/own-items.js';

/**
 * Returns lines that say, for each entry of `menu.entries`, which loaders show it and why the others leave it
 * out.
 */
export async function entryReport(
  config: Pick<ServerConfig, 'dataDir' | 'images' | 'menu'>,
): Promise<readonly string[]> {
  const entries = ownEntries(config.menu.entries);
  if (entries.length === 0) {
    return ['menu.entries is empty; the menu contains only the installers and the local disk'];
  }
  const store = await openDataDirectory(config.dataDir, { readOnly: true });
  const stored = (await store.current())?.manifest.entries ?? [];
  const arches = [...new Set(config.images.map(({ arch }) => arch))];
  return entries.flatMap((entry) => [
    `${entry.id}:`,
    ...platformsOf(arches).map((platform) => {
      const { items, leftOut } = ownItems([entry], stored, platform);
      const isHidden = items.some(({ isUnsignedEfi }) => isUnsignedEfi === true);
      const shown = isHidden ? 'shown, except under Secure Boot, since it is not signed' : 'shown';
      return `  ${platform.name}: ${leftOut[0] === undefined ? shown : `left out: ${leftOut[0].reason}`}`;
    }),
  ]);
}
