import { randomBytes, randomInt } from 'node:crypto';
import { isIPv6 } from 'node:net';

/** Placeholder, and the value that replaces it. */
export type Filling = readonly [standIn: string, value: string];

/**
 * Placeholder for the MAC address that is the name of a machine that no host matches. Like the others, it is
 * random, so it cannot occur in a text by chance, and has the form of its values, so it is valid and quoted where
 * they are.
 */
export const NAME_STAND_IN = randomBytes(6)
  .toString('hex')
  .replaceAll(/..(?=.)/g, '$&:');

// Numbers of three or four digits, so neither is part of a longer address.
const IPV4_STAND_IN = Array.from({ length: 4 }, () => randomInt(100, 256)).join('.');
const IPV6_STAND_IN = Array.from({ length: 8 }, () => randomInt(0x1000, 0x10000).toString(16)).join(
  ':',
);

/** Returns the placeholder for the address of a machine. */
export function addressStandIn(address: string): string {
  const [, zone] = address.split('%', 2);
  const ending = zone === undefined ? '' : `%${zone}`;
  return isIPv6(address) ? IPV6_STAND_IN + ending : IPV4_STAND_IN;
}

/** Returns the text with placeholders instead of the values. */
export function emptied(text: string, fillings: readonly Filling[]): string {
  return fillings.reduce((rest, [standIn, value]) => rest.replaceAll(value, standIn), text);
}

/** Returns the text with the values instead of the placeholders. */
export function filled(text: string, fillings: readonly Filling[]): string {
  return fillings.reduce((rest, [standIn, value]) => rest.replaceAll(standIn, value), text);
}
