import { type Namespace } from '@pxe/lab-host';

/** Direction of a packet, as the daemon sees it. */
type Direction = 'input' | 'output';

/**
 * Drops packets between the daemon and the machine that match one of these rules, as a faulty network would.
 *
 * @param rules - matches in the syntax of `nft`, as in `udp sport != 67`
 */
export async function losePackets(
  namespace: Namespace,
  direction: Direction,
  rules: readonly string[],
): Promise<void> {
  if (rules.length === 0) {
    return;
  }
  const ruleset = [
    'add table ip lab',
    `add chain ip lab ${direction} { type filter hook ${direction} priority 0; }`,
    ...rules.map((rule) => `add rule ip lab ${direction} ${rule} drop`),
  ];
  await namespace.output('nft', [ruleset.join('; ')]);
}
