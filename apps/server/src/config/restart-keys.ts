import { isDeepStrictEqual } from 'node:util';

import { configKeys } from './keys.js';
import { type ServerConfig } from './schema.js';
import { put, valueAt } from './tree.js';

/**
 * Keys that a running daemon cannot change: they determine its sockets, the limits of its TFTP transfers, its
 * store and its database. A new value of any other key takes effect on reload.
 */
export const RESTART_KEYS: ReadonlySet<string> = new Set([
  'dataDir',
  'tftp.listen',
  'tftp.singlePort',
  'tftp.portRange',
  'tftp.maxBlockSize',
  'tftp.nativeSockets',
  'tftp.repolls',
  'tftp.stall',
  'http.listen',
  'admin.listen',
  'admin.addressFile',
  'syslog',
  'proxyDhcp.enabled',
  'proxyDhcp.interfaces',
  'proxyDhcp.relays',
  'state',
]);

/** Returns true if a new value of a key takes effect only after a restart. */
export function needsRestart(path: string): boolean {
  return [...RESTART_KEYS].some((key) => path === key || path.startsWith(`${key}.`));
}

/** Difference between the configuration in force and a new one. */
export interface ConfigChange {
  /** New configuration, with the values in force for keys that need a restart. */
  readonly config: ServerConfig;
  /** Keys that change immediately. */
  readonly changed: readonly string[];
  /** Keys whose new values need a restart. */
  readonly needRestart: readonly string[];
}

/** Returns the changes that a new configuration makes to a running daemon. */
export function configChange(current: ServerConfig, next: ServerConfig): ConfigChange {
  const config = structuredClone(next);
  const changed: string[] = [];
  const needRestart: string[] = [];
  const keys = configKeys().map(({ path }) => path);
  for (const key of keys.filter((path) => !isPartOfAnother(path, keys))) {
    const path = key.split('.');
    const inForce = valueAt(current, path);
    if (isDeepStrictEqual(inForce, valueAt(next, path))) {
      continue;
    }
    if (RESTART_KEYS.has(key)) {
      needRestart.push(key);
      put(config, path, inForce);
    } else {
      changed.push(key);
    }
  }
  return { config, changed, needRestart };
}

/**
 * Returns the origin of each key in force after a reload: keys that need a restart keep their values and
 * origins.
 *
 * @param needRestart - keys whose new values need a restart
 */
export function originsInForce(
  current: ReadonlyMap<string, string>,
  next: ReadonlyMap<string, string>,
  needRestart: readonly string[],
): ReadonlyMap<string, string> {
  const keeps = (path: string): boolean =>
    needRestart.some((key) => path === key || path.startsWith(`${key}.`));
  return new Map([
    ...[...next].filter(([path]) => !keeps(path)),
    ...[...current].filter(([path]) => keeps(path)),
  ]);
}

/** Returns true for a key within another, such as `state.url`, which is compared as part of `state`. */
function isPartOfAnother(key: string, keys: readonly string[]): boolean {
  return keys.some((other) => key.startsWith(`${other}.`));
}
