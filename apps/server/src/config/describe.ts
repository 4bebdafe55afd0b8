import { z } from 'zod';

import { valueWithoutCredentials } from './credentials.js';
import { configKeys, SECRET_KEYS } from './keys.js';
import { formatListenAddress, type ListenAddress } from './listen-address.js';
import { type LoadedConfig } from './load.js';
import { configSchema } from './schema.js';

/** One line per key: the effective value and where it was set. */
export function describeConfig({ config, origins }: LoadedConfig): string {
  const rows = configKeys().map(({ path }) => {
    const value = path
      .split('.')
      .reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], config);
    const isSecret = SECRET_KEYS.has(path) && value !== undefined;
    const shown = isSecret ? '(hidden)' : show(valueWithoutCredentials(value));
    return { text: `${path} = ${shown}`, origin: origins.get(path) ?? 'default' };
  });
  const width = Math.max(...rows.map(({ text }) => text.length));
  return rows.map(({ text, origin }) => `${text.padEnd(width)}  # ${origin}`).join('\n');
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

function isListenAddress(value: unknown): value is ListenAddress {
  return typeof value === 'object' && value !== null && 'address' in value && 'port' in value;
}

/** JSON Schema of `pxeboot.yaml`, for editors. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input' });
}
