import * as z from 'zod';

import { configSchema } from './schema.js';
import { mapValues } from './tree.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Returns the JSON Schema of `pxeboot.yaml`, for editors. */
export function configJsonSchema(): object {
  return asPeopleWrite(z.toJSONSchema(configSchema, { io: 'input' }));
}

/**
 * Returns a schema whose lists may also be written in the other forms that `asWritten` accepts: one item
 * without brackets, or several in one string.
 */
function asPeopleWrite(schema: JsonSchema): JsonSchema {
  const { properties, items, anyOf, ...others } = schema;
  const written: JsonSchema = {
    ...others,
    ...(properties === undefined ? {} : { properties: mapValues(properties, mapSchema) }),
    ...(isSchema(items) ? { items: asPeopleWrite(items) } : {}),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(mapSchema) }),
  };
  if (written.type !== 'array') {
    return written;
  }
  // A description or a default applies to the key, whatever the form of its value.
  const { description, default: byDefault, ...list } = written;
  return {
    ...(description === undefined ? {} : { description }),
    ...(byDefault === undefined ? {} : { default: byDefault }),
    anyOf: [list, ...singleForms(written.items)],
  };
}

/** Returns the schemas accepted in place of a list: a string if its items are strings, or a single section. */
function singleForms(items: JsonSchema['items']): JsonSchema[] {
  const forms = isSchema(items) ? (items.anyOf ?? [items]) : [];
  return forms.filter(isSchema).flatMap((form): JsonSchema[] => {
    if (form.type === 'string') {
      return [{ type: 'string' }];
    }
    return form.type === 'object' ? [form] : [];
  });
}

function mapSchema<Value>(value: Value): Value | JsonSchema {
  return isSchema(value) ? asPeopleWrite(value) : value;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
