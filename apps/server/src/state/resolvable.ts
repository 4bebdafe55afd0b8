/** Promise that another part of the program resolves. */
export interface Resolvable {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** Creates what `Promise.withResolvers` does from Node 22 on. */
export function resolvable(): Resolvable {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
