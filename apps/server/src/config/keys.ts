import * as z from 'zod';

import { configSchema } from './schema.js';

/**
 * Format of a key's text in the environment or a flag. A `structure` can be set in the file only.
 */
export type KeyKind = 'text' | 'number' | 'boolean' | 'list' | 'structure';

/** Leaf of `pxeboot.yaml`, with its environment variable and flag. */
export interface ConfigKey {
  /** Path in the file, as in `tftp.singlePort`. */
  readonly path: string;
  /** Environment variable, as in `PXEBOOT_TFTP_SINGLE_PORT`. */
  readonly env: string;
  /** Command-line flag, as in `--tftp-single-port`. */
  readonly flag: string;
  readonly kind: KeyKind;
  readonly description: string;
}

/** Keys whose values are never printed. */
export const SECRET_KEYS: ReadonlySet<string> = new Set(['admin.token', 'admin.readToken']);

/** Every key, in the order of the schema. */
export function configKeys(): readonly ConfigKey[] {
  return leaves(configSchema, []);
}

/** Keys that have an environment variable and a flag. */
export function plainKeys(): readonly ConfigKey[] {
  return configKeys().filter(({ kind }) => kind !== 'structure');
}

function leaves(schema: z.ZodObject, parents: readonly string[]): ConfigKey[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const path = [...parents, name];
    const inner = withoutWrappers(field as z.ZodType);
    if (inner instanceof z.ZodObject) {
      return leaves(inner, path);
    }
    // Either a word or a section.
    const sections =
      inner instanceof z.ZodUnion && parents.length === 0
        ? inner.options.filter((option) => option instanceof z.ZodObject)
        : [];
    return [
      {
        path: path.join('.'),
        env: `PXEBOOT_${words(path).join('_').toUpperCase()}`,
        flag: `--${words(path).join('-')}`,
        kind: kindOf(inner),
        description: (field as z.ZodType).description ?? '',
      },
      ...sections.flatMap((section) => leaves(section, path)),
    ];
  });
}

/** `['tftp', 'singlePort']` becomes `['tftp', 'single', 'port']`. */
function words(path: readonly string[]): string[] {
  return path.flatMap((part) => part.split(/(?=[A-Z])/)).map((word) => word.toLowerCase());
}

function withoutWrappers(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional
  ) {
    return withoutWrappers(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodPipe) {
    return withoutWrappers(schema.in as z.ZodType);
  }
  return schema;
}

function kindOf(schema: z.ZodType): KeyKind {
  if (schema instanceof z.ZodArray) {
    return withoutWrappers(schema.element as z.ZodType) instanceof z.ZodObject
      ? 'structure'
      : 'list';
  }
  if (schema instanceof z.ZodNumber) {
    return 'number';
  }
  if (schema instanceof z.ZodBoolean) {
    return 'boolean';
  }
  return 'text';
}

/**
 * Value of `text`. Text that does not fit the kind is returned unchanged, so that the schema reports
 * what it expected.
 */
export function valueFromText(kind: KeyKind, text: string): unknown {
  switch (kind) {
    case 'list':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'number':
      return /^-?\d+$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'text':
    case 'structure':
      return text;
  }
}
