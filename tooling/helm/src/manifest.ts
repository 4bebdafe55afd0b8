import { parseAllDocuments } from 'yaml';

/** Kubernetes object rendered by Helm. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/**
 * Parses the objects in Helm's output, in order.
 *
 * @throws Error when the output is not YAML, or contains anything that is not a Kubernetes object.
 */
export function parseManifests(output: string): Manifest[] {
  const documents = parseAllDocuments(output);
  // The library represents an output without any document by a separate type.
  if (!Array.isArray(documents)) {
    return [];
  }
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      throw error;
    }
    const value: unknown = document.toJS();
    if (value === null) {
      return [];
    }
    if (!isManifest(value)) {
      throw new Error(`expected a Kubernetes object, got ${JSON.stringify(value)}`);
    }
    return [value];
  });
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const { apiVersion, kind, metadata } = value as Partial<Manifest>;
  return (
    typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    typeof metadata === 'object' &&
    typeof (metadata as Partial<Manifest['metadata']>).name === 'string'
  );
}
