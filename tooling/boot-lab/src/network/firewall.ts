import { type Namespace } from '@pxe/lab-host';

/**
 * Drops packets from the daemon to the machine that match one of these rules, as a faulty network would.
 *
 * @param rules - matches in the syntax of `nft`, as in `udp sport != 67`
 */
export async function loseOutgoing(namespace: Namespace, rules: readonly string[]): Promise<void> {
  if (rules.length === 0) {
    return;
  }
  const ruleset = [
    'add table ip lab',
    'add chain ip lab out { type filter hook output priority 0; }',
    ...rules.map((rule) => `add rule ip lab out ${rule} drop`),
  ];
  await namespace.output('nft', [ruleset.join('; ')]);
}
