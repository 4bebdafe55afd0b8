/** Metadata that every object has. */
export interface ObjectMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Latest time of the removal, once the deletion was requested. */
  readonly deletionTimestamp?: string;
}

/** List of objects. */
export interface ObjectList<Item> {
  readonly items: readonly Item[];
}

/** Part of a Service that the lab reads. */
export interface Service {
  readonly metadata: ObjectMetadata;
  readonly spec: { readonly clusterIP?: string };
}

/** Part of an EndpointSlice that the lab reads. */
export interface EndpointSlice {
  readonly metadata: ObjectMetadata;
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly kind: string; readonly name: string };
  }[];
}

/** Part of a Pod that the lab reads. */
export interface Pod {
  readonly metadata: ObjectMetadata;
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase?: string;
    readonly hostIP?: string;
    readonly podIP?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
    }[];
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
}
