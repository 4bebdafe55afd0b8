import * as z from 'zod';

import { valueWithoutCredentials } from './credentials.js';
import { configKeys, SECRET_KEYS } from './keys.js';
import { formatListenAddress, type ListenAddress } from './listen-address.js';
import { type LoadedConfig } from './load.js';
import { valueAt } from './problems.js';
import { configSchema } from './schema.js';

/** Returns one line per key: the effective value and where it was set. */
export function describeConfig({ config, origins }: LoadedConfig): string {
  const rows = configKeys().flatMap(({ path, kind }) => {
    const value = valueAt(config, path.split('.'));
    if (isSection(value)) {
      return [];
    }
    const isSecret = SECRET_KEYS.has(path) && value !== undefined;
    const isDuration = kind === 'duration' && typeof value === 'number' && !IN_SECONDS.has(path);
    const shown = isSecret
      ? '(hidden)'
      : isDuration
        ? durationText(value)
        : show(valueWithoutCredentials(value));
    return [{ text: `${path} = ${shown}`, origin: origins.get(path) ?? 'default' }];
  });
  const width = Math.max(...rows.map(({ text }) => text.length));
  return rows.map(({ text, origin }) => `${text.padEnd(width)}  # ${origin}`).join('\n');
}

/** Durations that are not in milliseconds. */
const IN_SECONDS: ReadonlySet<string> = new Set(['menu.timeout']);

/** Text of a duration in the largest unit that makes it a whole number: `90m`, not `2h`. */
function durationText(milliseconds: number): string {
  const [unit = 'ms', size = 1] =
    Object.entries({ h: 3_600_000, m: 60_000, s: 1000 }).find(
      ([, unitMs]) => milliseconds > 0 && milliseconds % unitMs === 0,
    ) ?? [];
  return `${milliseconds / size}${unit}`;
}

function show(value: unknown): string {
  if (value === undefined) {
    return '(unset)';
  }
  if (Array.isArray(value)) {
    return JSON.stringify(
      value.map((item: unknown) => (isListenAddress(item) ? formatListenAddress(item) : item)),
    );
  }
  return JSON.stringify(value);
}

/** Returns true for a section that is given instead of a word: its keys have lines of their own. */
function isSection(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListenAddress(value: unknown): value is ListenAddress {
  return typeof value === 'object' && value !== null && 'address' in value && 'port' in value;
}

/** Returns the JSON Schema of `pxeboot.yaml`, for editors. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input' });
}
