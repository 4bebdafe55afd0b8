/** Consecutive IPv4 addresses for one kind of attacker. */
export interface AddressPool {
  /** Lowest address. */
  readonly first: string;
  /** Number of addresses. */
  readonly size: number;
}

/**
 * Addresses that exist in the attackers' namespace: programs can bind them and receive answers. A
 * single route creates them all.
 */
export const OWN_ADDRESSES: AddressPool = { first: '10.80.0.1', size: 2 ** 20 - 2 };

/** Addresses that do not exist anywhere: answers to datagrams forged from them are lost. */
export const FORGED_ADDRESSES: AddressPool = { first: '10.96.0.1', size: 2 ** 20 - 2 };

/**
 * Unused addresses of the server's own subnet. The kernel tries in vain to resolve them and keeps
 * datagrams to them for seconds.
 */
export const ABSENT_ADDRESSES: AddressPool = { first: '10.66.0.100', size: 100 };

/**
 * Returns one address of a pool.
 *
 * @param index - index of the address, from 0
 * @throws RangeError when the pool has no such address
 */
export function addressAt({ first, size }: AddressPool, index: number): string {
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`index: expected an integer from 0 to ${size - 1}, got ${index}`);
  }
  const [a = 0, b = 0, c = 0, d = 0] = first.split('.').map(Number);
  const number = ((a * 256 + b) * 256 + c) * 256 + d + index;
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
