import { type Host } from './api/types.js';

/** Identifiers of a machine that a host can match. */
export interface MachineIds {
  readonly mac?: string | undefined;
  readonly uuid?: string | undefined;
  readonly addresses: readonly string[];
}

/**
 * Returns a function that finds the first host that matches a single machine, rather than a whole subnet. The
 * search takes the same time however many hosts there are.
 */
export function hostFinder(hosts: readonly Host[]): (machine: MachineIds) => Host | undefined {
  const places = new Map<string, number>();
  for (const [place, { match }] of hosts.entries()) {
    for (const value of [match.mac, match.uuid, match.ip]) {
      if (value !== undefined && !places.has(value)) {
        places.set(value, place);
      }
    }
  }
  return ({ mac, uuid, addresses }) => {
    const found = [mac, uuid, ...addresses].flatMap((value) => places.get(value ?? '') ?? []);
    return hosts[Math.min(...found)];
  };
}
