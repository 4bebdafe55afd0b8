import { connect, createNamespace, type Namespace } from '@pxe/lab-host';

import { addressAt, FORGED_ADDRESSES } from './address-pool.js';
import { parseTrafficCounters, type SentTraffic } from './traffic-counters.js';
import { parseUdpStatistics, type ReceivedDatagrams } from './udp-statistics.js';

/**
 * Three isolated machines: a server, the attackers, and a client that only wants to boot. The
 * attackers and the client have separate links to the same address of the server, so that attacks
 * do not saturate the client's link, and the server cannot distinguish the two by their link.
 */
export interface LabNetwork extends AsyncDisposable {
  readonly server: Namespace;
  readonly attacker: Namespace;
  readonly client: Namespace;
  readonly serverAddress: string;
  /** Server address in the IPv6 /64 of the attacker and the client. */
  readonly serverAddress6: string;
  /**
   * Spreads the attackers' TCP connections over this number of addresses; 1 for only the attackers' own
   * address.
   */
  spreadConnections(addresses: number): Promise<void>;
  /** Resets the UDP traffic counters. */
  resetTraffic(): Promise<void>;
  /** UDP traffic from the server to each address since the last reset. */
  trafficByAddress(): Promise<ReadonlyMap<string, SentTraffic>>;
  /**
   * Datagrams that the server's programs have read, and those dropped because a socket buffer was
   * full.
   */
  receivedByUdp(): Promise<ReceivedDatagrams>;
  /** Number of bytes sent by the attackers, including all headers. */
  attackBytes(): Promise<number>;
}

const SERVER_ADDRESS = '10.66.0.1';
const ATTACKER_ADDRESS = '10.66.0.2';
const SERVER_ADDRESS_6 = 'fd66::1';
/** The attacker's address in the /64 that it shares with the client. */
export const ATTACKER_ADDRESS_6 = 'fd66::bad';
const CLIENT_ADDRESS_6 = 'fd66::c';

/** UDP traffic sent by the server, by receiver. Loopback and the client's link are not counted. */
const COUNTERS = `
table ip lab {
  set sent {
    type ipv4_addr
    flags dynamic
    size 1000000
    counter
  }
  chain output {
    type filter hook output priority 0
    oifname "attackers" meta l4proto udp add @sent { ip daddr }
  }
}
`;

/** Connection tracking is off: it would drop forged datagrams once its table is full. */
const UNTRACKED_DATAGRAMS = `
table ip untracked {
  chain output {
    type filter hook output priority raw
    meta l4proto udp notrack
  }
  chain prerouting {
    type filter hook prerouting priority raw
    meta l4proto udp notrack
  }
}
`;

/**
 * Creates a {@link LabNetwork}.
 *
 * @param name - name of the network, unique on this host
 */
export async function createLabNetwork(name: string): Promise<LabNetwork> {
  const made: Namespace[] = [];
  const add = async (part: string): Promise<Namespace> => {
    const namespace = await createNamespace(`${name}-${part}`);
    made.push(namespace);
    return namespace;
  };
  const dispose = async (): Promise<void> => {
    for (const namespace of made.splice(0)) {
      await namespace[Symbol.asyncDispose]();
    }
  };
  try {
    const server = await add('server');
    const attacker = await add('attacker');
    const client = await add('client');
    await connect(
      { namespace: server, device: 'attackers', address: `${SERVER_ADDRESS}/24` },
      { namespace: attacker, device: 'eth0', address: `${ATTACKER_ADDRESS}/24` },
    );
    await connect(
      { namespace: server, device: 'clients', address: '10.67.0.1/24' },
      { namespace: client, device: 'eth0', address: '10.67.0.2/24' },
    );
    await joinSixNetwork({ server, attacker, client });
    await client.ip('route', 'add', 'default', 'via', '10.67.0.1');
    await server.ip('route', 'add', 'default', 'via', ATTACKER_ADDRESS);
    await attacker.ip('route', 'add', 'local', '10.80.0.0/12', 'dev', 'lo');
    for (const device of ['all', 'attackers']) {
      await set(server, `conf.${device}.rp_filter`, '0');
    }
    for (const namespace of made) {
      await set(namespace, 'ip_local_port_range', '10000 65000');
    }
    // Small receive buffers, so that data that a slow reader has not read stays in the server's memory.
    await set(client, 'tcp_rmem', '4096 16384 65536');
    await set(attacker, 'tcp_rmem', '4096 16384 65536');
    await nft(server, COUNTERS);
    await nft(attacker, UNTRACKED_DATAGRAMS);
    return labNetwork({ server, attacker, client }, dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}

function labNetwork(
  machines: Pick<LabNetwork, 'server' | 'attacker' | 'client'>,
  dispose: () => Promise<void>,
): LabNetwork {
  const { server, attacker } = machines;
  let isSpread = false;
  return {
    ...machines,
    serverAddress: SERVER_ADDRESS,
    serverAddress6: SERVER_ADDRESS_6,
    async spreadConnections(addresses) {
      if (isSpread) {
        await nft(attacker, 'delete table ip spread\n');
      }
      isSpread = addresses > 1;
      if (!isSpread) {
        return;
      }
      const elements = Array.from(
        { length: addresses },
        (_, index) => `${index} : ${addressAt(FORGED_ADDRESSES, index)}`,
      );
      await nft(
        attacker,
        `table ip spread {
  chain postrouting {
    type nat hook postrouting priority srcnat
    ip saddr ${ATTACKER_ADDRESS} meta l4proto tcp snat to numgen inc mod ${addresses} map { ${elements.join(', ')} }
  }
}
`,
      );
    },
    async resetTraffic() {
      await nft(server, 'flush set ip lab sent\n');
    },
    async trafficByAddress() {
      return parseTrafficCounters(
        await server.output('nft', ['--json', 'list', 'set', 'ip', 'lab', 'sent']),
      );
    },
    async receivedByUdp() {
      return parseUdpStatistics(await server.output('cat', ['/proc/net/snmp']));
    },
    async attackBytes() {
      return Number(await attacker.output('cat', ['/sys/class/net/eth0/statistics/tx_bytes']));
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Puts the attacker and the client, on their separate cables, into one IPv6 /64. */
async function joinSixNetwork({
  server,
  attacker,
  client,
}: Pick<LabNetwork, 'server' | 'attacker' | 'client'>): Promise<void> {
  const address = async (machine: Namespace, device: string, text: string): Promise<void> =>
    machine.ip('address', 'add', text, 'dev', device, 'nodad');
  await address(server, 'attackers', `${SERVER_ADDRESS_6}/64`);
  await address(attacker, 'eth0', `${ATTACKER_ADDRESS_6}/64`);
  await address(client, 'eth0', `${CLIENT_ADDRESS_6}/128`);
  // Next hops on the client's cable, which need no neighbour discovery.
  await server.ip('link', 'set', 'clients', 'address', '02:00:00:00:00:01');
  await client.ip('link', 'set', 'eth0', 'address', '02:00:00:00:00:02');
  const neighbour = ['lladdr', '02:00:00:00:00:02', 'nud', 'permanent', 'dev', 'clients'] as const;
  await server.ip('neighbour', 'replace', 'fe80::2', ...neighbour);
  const router = ['lladdr', '02:00:00:00:00:01', 'nud', 'permanent', 'dev', 'eth0'] as const;
  await client.ip('neighbour', 'replace', 'fe80::1', ...router);
  await address(server, 'clients', 'fe80::1/64');
  await address(client, 'eth0', 'fe80::2/64');
  await server.ip('route', 'add', CLIENT_ADDRESS_6, 'via', 'fe80::2', 'dev', 'clients');
  await client.ip('route', 'add', SERVER_ADDRESS_6, 'via', 'fe80::1', 'dev', 'eth0');
}

async function set(namespace: Namespace, key: string, value: string): Promise<void> {
  await namespace.output('sysctl', ['--quiet', '--write', `net.ipv4.${key}=${value}`]);
}

async function nft(namespace: Namespace, rules: string): Promise<void> {
  await namespace.output('nft', [rules]);
}
