/** How something that goes on beside other things has ended. */
export type Settled<T> = { readonly value: T } | { readonly failure: unknown };

/** Never rejects, so that it may be waited for later, or twice. */
export async function settle<T>(promise: Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await promise };
  } catch (failure) {
    return { failure };
  }
}

/** What came of it; throws what it failed with. */
export function settledValue<T>(settled: Settled<T>): T {
  if ('failure' in settled) throw settled.failure;
  return settled.value;
}
