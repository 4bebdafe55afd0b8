/** A resource that Kubernetes itself does not have. */
export interface CustomResource {
  readonly group: string;
  readonly kind: string;
  /** Name in paths of the API. */
  readonly plural: string;
}

/** Returns the definition of a resource, without its fields. */
export function customResource({ group, kind, plural }: CustomResource): object {
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}
