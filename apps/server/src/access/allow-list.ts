import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Ranges that are not routed on the Internet: private, shared (RFC 6598), link-local and loopback. */
const LOCAL_RANGES = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
] as const;

const OWN_SUBNETS_MAX_AGE_MS = 5_000;

/** Decides which sources may boot, over TFTP and HTTP alike. */
export interface AllowList {
  allows(address: string): boolean;
}

/** Options of an allow-list. */
export interface AllowListOptions {
  /**
   * Clock, in milliseconds since any point in time.
   * @default performance.now
   */
  readonly now?: () => number;
  /**
   * Returns the interfaces of this host; throws if the process has run out of file descriptors.
   *
   * @default os.networkInterfaces
   */
  readonly interfaces?: typeof networkInterfaces;
  /** Called when the interfaces cannot be read, once per outage. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Creates an allow-list of the given subnets; by default, of the local ranges and this host's subnets. When
 * an address outside the local ranges is checked, this host's subnets are read again if they were last read
 * more than 5 seconds ago; while they cannot be read, the last known ones stay allowed.
 */
export function createAllowList(
  subnets: readonly string[] | undefined,
  options: AllowListOptions = {},
): AllowList {
  const { now = () => performance.now(), interfaces = networkInterfaces, onError } = options;
  if (subnets !== undefined) {
    const list = blockListOf(subnets);
    return { allows: (address) => contains(list, address) };
  }
  const local = blockListOf(LOCAL_RANGES);
  let own = new BlockList();
  let readAt = -Infinity;
  let hasFailed = false;

  function refresh(): void {
    readAt = now();
    try {
      own = ownSubnets(interfaces());
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) {
        onError?.(error);
      }
      hasFailed = true;
    }
  }

  refresh();
  return {
    allows(address) {
      if (contains(local, address)) {
        return true;
      }
      if (now() - readAt > OWN_SUBNETS_MAX_AGE_MS) {
        refresh();
      }
      return contains(own, address);
    },
  };
}

function ownSubnets(interfaces: ReturnType<typeof networkInterfaces>): BlockList {
  const subnets = Object.values(interfaces)
    .flat()
    .flatMap((address) => (typeof address?.cidr === 'string' ? [address.cidr] : []));
  return blockListOf(subnets);
}

function blockListOf(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', prefix] = subnet.split('/');
    const family = familyOf(address);
    if (prefix === undefined) {
      list.addAddress(address, family);
    } else {
      list.addSubnet(address, Number(prefix), family);
    }
  }
  return list;
}

function contains(list: BlockList, address: string): boolean {
  const plain = plainAddress(address);
  return isIP(plain) !== 0 && list.check(plain, familyOf(plain));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/**
 * Returns an address without its zone (`fe80::1%eth0`) or IPv4-mapped prefix (`::ffff:192.0.2.1`,
 * an IPv4 peer of a dual-stack socket).
 */
export function plainAddress(address: string): string {
  if (!address.includes(':')) {
    return address;
  }
  const [plain = ''] = address.split('%', 1);
  return plain.replace(/^::ffff:(?=\d+\.)/i, '');
}
