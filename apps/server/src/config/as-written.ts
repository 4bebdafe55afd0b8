import * as z from 'zod';

import { splitList } from './keys.js';
import { unwrapped } from './schema-keys.js';

/**
 * Returns a value in the form that a schema expects. A list of one item may be written without brackets, and
 * a longer one as in an environment variable: `a, b`. The single item may also be a section.
 */
export function asWritten(schema: z.ZodType, value: unknown): unknown {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray) {
    const items = typeof value === 'string' ? splitList(value) : isTree(value) ? [value] : value;
    const element = inner.element as z.ZodType;
    return Array.isArray(items) ? items.map((item) => asWritten(element, item)) : items;
  }
  if (inner instanceof z.ZodUnion) {
    const section = inner.options.find((option) => option instanceof z.ZodObject);
    return section === undefined ? value : asWritten(section, value);
  }
  if (inner instanceof z.ZodObject && isTree(value)) {
    const shape = inner.shape as Readonly<Record<string, z.ZodType>>;
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => {
        const known = Object.hasOwn(shape, name) ? shape[name] : undefined;
        return [name, known === undefined ? field : asWritten(known, field)];
      }),
    );
  }
  return value;
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
