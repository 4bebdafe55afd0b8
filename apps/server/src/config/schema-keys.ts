import * as z from 'zod';

import { type ConfigKey, type KeyKind } from './config-key.js';
import { configSchema } from './schema.js';

/**
 * Keys that can be set only in the file, although they are plain values: a variable left in an environment
 * must not change what unknown machines do.
 */
const FILE_ONLY_KEYS: ReadonlySet<string> = new Set([
  'menu.entries',
  'unknown.boot',
  'unknown.profile',
  'profiles',
]);

/** Returns every key of the schema, in its order: the keys of the table in key-table.ts. */
export function schemaKeys(): readonly ConfigKey[] {
  return leaves(configSchema, []);
}

function leaves(schema: z.ZodObject, parents: readonly string[]): ConfigKey[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const path = [...parents, name];
    const inner = unwrapped(field as z.ZodType);
    if (inner instanceof z.ZodObject) {
      return leaves(inner, path);
    }
    // A union of words and a section is itself a leaf, as are the keys of the section.
    const sections =
      inner instanceof z.ZodUnion && parents.length === 0
        ? inner.options.filter((option) => option instanceof z.ZodObject)
        : [];
    return [
      {
        path: path.join('.'),
        env: `PXEBOOT_${words(path).join('_').toUpperCase()}`,
        flag: `--${words(path).join('-')}`,
        kind: FILE_ONLY_KEYS.has(path.join('.')) ? 'structure' : kindOf(inner),
        placeholder: placeholderOf(path.join('.'), inner),
        choices: choicesOf(inner),
        description: (field as z.ZodType).description ?? '',
        byDefault: defaultOf(field as z.ZodType),
      },
      ...sections.flatMap((section) => leaves(section, path)),
    ];
  });
}

/** Splits a path into words: `['tftp', 'singlePort']` becomes `['tftp', 'single', 'port']`. */
function words(path: readonly string[]): string[] {
  return path.flatMap((part) => part.split(/(?=[A-Z])/)).map((word) => word.toLowerCase());
}

/** Returns the schema of a value as written: without defaults, optionality and transforms. */
export function unwrapped(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional
  ) {
    return unwrapped(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodPipe) {
    return unwrapped(schema.in as z.ZodType);
  }
  return schema;
}

function kindOf(schema: z.ZodType): KeyKind {
  if (schema instanceof z.ZodArray) {
    return unwrapped(schema.element as z.ZodType) instanceof z.ZodObject ? 'structure' : 'list';
  }
  if (
    schema instanceof z.ZodUnion &&
    schema.options.some((option) => option instanceof z.ZodArray)
  ) {
    return 'list';
  }
  if (schema instanceof z.ZodNumber) {
    return 'number';
  }
  if (schema instanceof z.ZodBoolean) {
    return 'boolean';
  }
  return isDuration(schema) ? 'duration' : 'text';
}

/** Returns true for a duration: a number, or text with a unit. */
function isDuration(schema: z.ZodType): boolean {
  return (
    schema instanceof z.ZodUnion && schema.options.some((option) => option instanceof z.ZodNumber)
  );
}

function choicesOf(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodEnum) {
    return schema.options.map(String);
  }
  if (schema instanceof z.ZodBoolean) {
    return ['true', 'false'];
  }
  return schema instanceof z.ZodUnion
    ? schema.options.flatMap((option) => choicesOf(option as z.ZodType))
    : [];
}

function defaultOf(schema: z.ZodType): string | undefined {
  if (!(schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)) {
    return undefined;
  }
  const { defaultValue: value } = schema.def as { readonly defaultValue: unknown };
  switch (typeof value) {
    case 'string':
      return value === '' ? undefined : value;
    case 'number':
    case 'boolean':
      return String(value);
    default:
      return Array.isArray(value) ? value.join(',') : undefined;
  }
}

/** Placeholders of keys whose kind is not descriptive enough, by key path. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  dataDir: 'directory',
  advertise: 'url',
  images: 'suite,...',
  firmware: 'true|package,...',
  'source.url': 'url,...',
  'source.dailyUrl': 'url',
  'source.path': 'path',
  'source.keyring': 'file',
  'source.ca': 'file',
  'tftp.listen': 'address,...',
  'tftp.portRange': 'port-port',
  'tftp.maxBlockSize': 'bytes',
  'tftp.maxWindowSize': 'blocks',
  'http.listen': 'address,...',
  'admin.listen': 'address,...',
  'admin.token': 'token',
  'admin.addressFile': 'file',
  'admin.tokenFile': 'file',
  'admin.readToken': 'token',
  'admin.readTokenFile': 'file',
  'admin.hosts': 'name,...',
  'admin.grafanaUrl': 'url',
  'proxyDhcp.interfaces': 'interface',
  'access.allow': 'subnet,...',
  'menu.title': 'text',
  'menu.default': 'entry',
  kernelArgs: 'arguments',
  'state.url': 'url',
  'syslog.listen': 'address,...',
};

function placeholderOf(path: string, schema: z.ZodType): string {
  const choices = choicesOf(schema);
  return PLACEHOLDERS[path] ?? (choices.length > 0 ? choices.join('|') : kindOf(schema));
}

/** Returns the names of the keys directly below a path such as `['images', 0]`; empty if it has none. */
export function keysBelow(path: readonly PropertyKey[]): readonly string[] {
  const found = path.reduce<z.ZodType | undefined>(
    (schema, part) => schema && childOf(schema, part),
    configSchema,
  );
  const section = found && sectionOf(found);
  return section === undefined ? [] : Object.keys(section.shape);
}

function childOf(schema: z.ZodType, part: PropertyKey): z.ZodType | undefined {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray) {
    return inner.element as z.ZodType;
  }
  if (inner instanceof z.ZodRecord) {
    return inner.valueType as z.ZodType;
  }
  const shape = sectionOf(inner)?.shape as Readonly<Record<PropertyKey, z.ZodType>> | undefined;
  return shape !== undefined && Object.hasOwn(shape, part) ? shape[part] : undefined;
}

/** Returns the section that a schema is or, in a union, allows; undefined if there is none. */
function sectionOf(schema: z.ZodType): z.ZodObject | undefined {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodUnion) {
    return inner.options.find((option) => option instanceof z.ZodObject);
  }
  return inner instanceof z.ZodObject ? inner : undefined;
}
