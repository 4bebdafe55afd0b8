import { type ValueEntry } from './values-file.js';

/** JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Allowed timing of a probe; the chart itself sets the request.
 * (Probe v1 core, https://kubernetes.io/docs/reference/kubernetes-api/)
 */
const PROBE_TIMING = {
  initialDelaySeconds: { type: 'integer', minimum: 0 },
  periodSeconds: { type: 'integer', minimum: 1 },
  timeoutSeconds: { type: 'integer', minimum: 1 },
  failureThreshold: { type: 'integer', minimum: 1 },
} as const;

const DNS_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS_NAME = `${DNS_LABEL}(\\.${DNS_LABEL})*`;
/** Name of a label or annotation, with an optional prefix. */
const QUALIFIED_NAME = `(${DNS_NAME}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;

const BYTE = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const HEX_GROUPS = '[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4})';
const HOST_LABEL = '([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
/** Address or name of a host. The last label of a name begins with a letter, or it would be an address. */
const HOST = [
  `${BYTE}(\\.${BYTE}){3}`,
  `${HEX_GROUPS}{7}`,
  `(${HEX_GROUPS}{0,5})?::(${HEX_GROUPS}{0,5})?`,
  `([a-zA-Z0-9]${HOST_LABEL}\\.)*[a-zA-Z]${HOST_LABEL}`,
].join('|');

/**
 * Formats that the API server checks. A value of another format would pass `helm template`, and fail in
 * the middle of an installation.
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/)
 */
const FORMATS = {
  label: { type: 'string', pattern: `^${DNS_LABEL}$`, maxLength: 63 },
  name: { type: 'string', pattern: `^${DNS_NAME}$`, maxLength: 253 },
  optionalName: { type: 'string', pattern: `^(${DNS_NAME})?$`, maxLength: 253 },
  optionalQualifiedName: { type: 'string', pattern: `^(${QUALIFIED_NAME})?$` },
  optionalHost: { type: 'string', pattern: `^(${HOST})?$`, maxLength: 253 },
  key: { type: 'string', pattern: '^[-._a-zA-Z0-9]+$', maxLength: 253 },
  path: {
    type: 'string',
    pattern: '^/[^:]+$',
    not: { pattern: '(^|/)\\.\\.(/|$)' },
  },
  quantity: {
    type: ['string', 'integer', 'number'],
    pattern: '^\\d+(\\.\\d+)?([mkMGTPE]|[KMGTPE]i|[eE]\\d+)?$',
    minimum: 0,
  },
  labels: {
    type: 'object',
    propertyNames: { pattern: `^${QUALIFIED_NAME}$` },
    additionalProperties: {
      type: 'string',
      pattern: '^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$',
      maxLength: 63,
    },
  },
  annotations: {
    type: 'object',
    propertyNames: { pattern: `^${QUALIFIED_NAME}$` },
    additionalProperties: { type: 'string' },
  },
  resources: {
    type: 'object',
    additionalProperties: false,
    properties: {
      requests: { type: 'object', additionalProperties: { $ref: '#/$defs/quantity' } },
      limits: { type: 'object', additionalProperties: { $ref: '#/$defs/quantity' } },
      claims: { type: 'array', items: { type: 'object', required: ['name'] } },
    },
  },
  updateStrategy: {
    type: 'object',
    additionalProperties: false,
    properties: {
      type: { enum: ['Recreate', 'RollingUpdate', 'OnDelete'] },
      rollingUpdate: {
        type: ['object', 'null'],
        additionalProperties: false,
        properties: {
          maxSurge: { $ref: '#/$defs/numberOfPods' },
          maxUnavailable: { $ref: '#/$defs/numberOfPods' },
        },
      },
    },
  },
  numberOfPods: { type: ['integer', 'string'], minimum: 0, pattern: '^(\\d{1,2}|100)%$' },
  probeTiming: {
    type: 'object',
    additionalProperties: false,
    properties: { ...PROBE_TIMING, successThreshold: { type: 'integer', minimum: 1 } },
  },
  // The API server accepts a successThreshold other than 1 only for readiness.
  livenessTiming: { type: 'object', additionalProperties: false, properties: PROBE_TIMING },
} satisfies Record<string, JsonSchema>;

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
 * comment. Unknown keys are refused, so that typos are reported. Draft 7, which every Helm 3 understands.
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
    $defs: { config, ...FORMATS },
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
  return { description, ...('anyOf' in schema ? {} : { type: typeOf(value) }), ...schema };
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
