import { type Namespace } from '@pxe/lab-host';

/**
 * Makes the network lose what matches one of these rules, on its way from the daemon to the machine.
 *
 * @param rules - what to drop, as `nft` writes it: `udp sport != 67`
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
