/** Promise with its resolve function. */
export interface Resolvable {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/**
 * Creates a promise with its resolve function, as `Promise.withResolvers` does in Node 22 and
 * later.
 */
export function resolvable(): Resolvable {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
