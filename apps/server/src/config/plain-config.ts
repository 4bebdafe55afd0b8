import { fromHome } from './home.js';
import { DEFAULT_CONFIG } from './key-table.js';
import { type ServerConfig } from './schema.js';
import { type Tree } from './tree.js';

/**
 * Returns the configuration of a tree that sets nothing but `dataDir`; undefined for any other tree, which the
 * schema has to check. Most commands are run with no other setting, and the schema takes longer to build than
 * they take to run.
 */
export function plainConfig({
  dataDir = DEFAULT_CONFIG.dataDir,
  ...others
}: Tree): ServerConfig | undefined {
  if (Object.keys(others).length > 0 || typeof dataDir !== 'string' || dataDir === '') {
    return undefined;
  }
  return { ...structuredClone(DEFAULT_CONFIG), dataDir: fromHome(dataDir) };
}
