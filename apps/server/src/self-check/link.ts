import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';

import { ownAddress } from '../dhcp/own-address.js';
import { type Finding } from './finding.js';

/** Interface of this host, with its IPv4 address. */
export interface Link {
  readonly name: string;
  readonly address: string;
  /** Address with prefix length, as in `192.0.2.9/24`. */
  readonly cidr: string;
  readonly mac: string;
  /** Maximum transmission unit in bytes; undefined if the system does not report it. */
  readonly mtu: number | undefined;
}

/** Interface to use, or the reason why there is none. */
export type LinkResult = { readonly link: Link } | { readonly finding: Finding };

/**
 * Returns the interface to test.
 *
 * @param name - name of the interface; undefined for the one with the default route or, without a default
 *   route, the first with an address
 * @param system - directory in which Linux shows the state of interfaces
 */
export async function findLink(
  name: string | undefined,
  system = '/sys/class/net',
): Promise<LinkResult> {
  const own = name === undefined ? await ownAddress() : undefined;
  for (const [device, addresses = []] of Object.entries(networkInterfaces())) {
    const found = addresses.find(
      ({ family, address }) =>
        family === 'IPv4' && (name === undefined ? address === own : device === name),
    );
    if (found !== undefined) {
      const { address, cidr, mac } = found;
      const mtu = Number(await factOf(system, device, 'mtu'));
      return {
        link: {
          name: device,
          address,
          cidr: cidr ?? address,
          mac,
          mtu: mtu > 0 ? mtu : undefined,
        },
      };
    }
  }
  return { finding: await withoutLink(name, system) };
}

async function withoutLink(name: string | undefined, system: string): Promise<Finding> {
  if (name === undefined) {
    return {
      rule: 'no-address',
      severity: 'error',
      what: 'this host has no IPv4 address',
      why: 'Boot servers are queried and answer over IPv4.',
      fix: 'Connect this host to the network, or give its interface an address.',
      evidence: [],
    };
  }
  const state = await factOf(system, name, 'operstate');
  if (state === undefined) {
    return {
      rule: 'no-interface',
      severity: 'error',
      what: `this host has no interface ${name}`,
      why: 'Nothing can be tested on it.',
      fix: 'List the interfaces with "ip link", and pass one with --interface.',
      evidence: [],
    };
  }
  const isUp = state === 'up' || state === 'unknown';
  return {
    rule: isUp ? 'no-address' : 'link-down',
    severity: 'error',
    what: isUp ? `${name} has no IPv4 address` : `${name} has no link (${state})`,
    why: 'Boot servers are queried and answer over IPv4.',
    fix: isUp
      ? `Give it one: "ip address add ADDRESS/PREFIX dev ${name}".`
      : `Check the cable and the switch port, or bring it up: "ip link set ${name} up".`,
    evidence: [`${name}: ${state}`],
  };
}

async function factOf(system: string, device: string, fact: string): Promise<string | undefined> {
  // Missing on systems other than Linux, and for interfaces that do not exist.
  const text = await readFile(`${system}/${device}/${fact}`, 'utf8').catch(() => undefined);
  return text?.trim();
}
