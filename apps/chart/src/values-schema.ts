import { type ValueEntry } from './values-file.js';

/** JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Allowed timing of a probe; the chart itself sets the request.
 * (Probe v1 core, https://kubernetes.io/docs/reference/kubernetes-api/)
 */
const PROBE_TIMING: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    initialDelaySeconds: { type: 'integer', minimum: 0 },
    periodSeconds: { type: 'integer', minimum: 1 },
    timeoutSeconds: { type: 'integer', minimum: 1 },
    successThreshold: { type: 'integer', minimum: 1 },
    failureThreshold: { type: 'integer', minimum: 1 },
  },
};

/** Keys that Helm itself adds to a sub-chart's values. */
const HELM_KEYS: JsonSchema = {
  global: { type: 'object', description: 'Values that Helm shares among charts.' },
  enabled: {
    type: 'boolean',
    description: "For a parent chart's condition; this chart ignores it.",
  },
};

/**
 * Returns `values.schema.json`: every key of `values.yaml` with the type of its default and its `@schema`
 * comment. Unknown keys are refused, so that typos are found. Draft 7, which every Helm 3 understands.
 *
 * @param configSchema - JSON Schema of the daemon's `pxeboot.yaml`: `$defs/config`, for `$ref`
 */
export function valuesSchema(entries: readonly ValueEntry[], configSchema: JsonSchema): JsonSchema {
  const { $schema: _draft, ...config } = configSchema;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the pxeboot chart',
    type: 'object',
    additionalProperties: false,
    properties: { ...propertiesOf(entries), ...HELM_KEYS },
    $defs: { config, probeTiming: PROBE_TIMING },
  };
}

function propertiesOf(entries: readonly ValueEntry[]): JsonSchema {
  return Object.fromEntries(
    entries.map((entry): [string, JsonSchema] => [nameOf(entry), schemaOf(entry)]),
  );
}

function nameOf({ path }: ValueEntry): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function schemaOf({ description, value, schema, children }: ValueEntry): JsonSchema {
  if (description === undefined) {
    return { type: 'object', additionalProperties: false, properties: propertiesOf(children) };
  }
  // Draft 7 ignores everything next to a $ref.
  if ('$ref' in schema) {
    return schema;
  }
  return { description, type: typeOf(value), ...schema };
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) {
    return 'array';
  }
  if (Number.isInteger(value)) {
    return 'integer';
  }
  return typeof value;
}
