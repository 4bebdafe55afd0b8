/** Claim to a share of a budget in whole units. */
export interface Claim {
  /** Minimum number of units. */
  readonly min: number;
  /** Maximum number of useful units. */
  readonly max: number;
  /** Weight of the claim when the rest after the minimums is divided. */
  readonly weight: number;
}

/**
 * Divides a budget: each claim gets its minimum, then a part of the rest according to its weight, up to its
 * maximum. The sum of the shares never exceeds `total`, and no share shrinks when `total` grows. All
 * arithmetic uses whole numbers, so it is exact.
 *
 * @param total - number of units, at least the sum of the minimums
 */
export function divide<Name extends string>(
  total: number,
  claims: Readonly<Record<Name, Claim>>,
): Readonly<Record<Name, number>> {
  const names = Object.keys(claims) as Name[];
  const shares = {} as Record<Name, number>;
  let rest = total;
  for (const name of names) {
    shares[name] = claims[name].min;
    rest -= claims[name].min;
  }
  let open = names;
  for (;;) {
    const weights = open.reduce((sum, name) => sum + claims[name].weight, 0);
    const left = rest;
    const isFull = (name: Name): boolean => {
      const { min, max, weight } = claims[name];
      return (max - min) * weights <= left * weight;
    };
    const full = open.filter(isFull);
    for (const name of full) {
      shares[name] = claims[name].max;
      rest -= claims[name].max - claims[name].min;
    }
    open = open.filter((name) => !full.includes(name));
    if (full.length > 0) {
      continue;
    }
    for (const name of open) {
      const { min, weight } = claims[name];
      shares[name] = min + Math.floor((left * weight) / weights);
    }
    return shares;
  }
}

/** Returns the sum of the minimums: the smallest budget that can be divided. */
export function leastTotal(claims: Readonly<Record<string, Claim>>): number {
  return Object.values(claims).reduce((sum, { min }) => sum + min, 0);
}
