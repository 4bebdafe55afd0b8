import { createNamespace, type Namespace } from '@pxe/lab-host';

/** Version of the Internet Protocol that a machine boots over. */
export type IpVersion = 4 | 6;

/** Addresses of the lab. They only exist inside the run's own namespace, so they never collide. */
export const LAB_NETWORK = {
  /** Address of the daemon under test and the DHCP server. */
  serverAddress: '10.77.0.1',
  ipv6Prefix: 'fd77::',
  /** IPv6 address of the daemon under test and the DHCP server. */
  serverIpv6Address: 'fd77::1',
  clientAddress: '10.77.0.50',
  /** First and last address that DHCPv6 gives: EDK2 takes one before its boot code asks for another. */
  clientIpv6Range: ['fd77::50', 'fd77::5f'],
  /**
   * Address that DHCP gives to the installer. It differs from the firmware's, as it does with many DHCP
   * servers.
   */
  installerAddress: '10.77.0.60',
  network: '10.77.0.0',
  prefixLength: 24,
  netmask: '255.255.255.0',
  clientMac: '52:54:00:12:34:56',
  /** The host's end of the machine's network cable. */
  tap: 'tap0',
} as const;

/**
 * Creates the isolated network of one run, with loopback and the tap device of {@link LAB_NETWORK}
 * up.
 */
export async function createLabNetwork(name: string): Promise<Namespace> {
  const namespace = await createNamespace(name);
  const { tap, serverAddress, prefixLength, serverIpv6Address } = LAB_NETWORK;
  try {
    // Addresses are usable at once, as nobody else can have them.
    const setting = '/proc/sys/net/ipv6/conf/default/accept_dad';
    await namespace.output('sh', ['-c', `echo 0 > ${setting}`]);
    await namespace.ip('tuntap', 'add', tap, 'mode', 'tap');
    await namespace.ip('link', 'set', tap, 'up');
    await namespace.ip('address', 'add', `${serverAddress}/${prefixLength}`, 'dev', tap);
    await namespace.ip('address', 'add', `${serverIpv6Address}/64`, 'dev', tap);
  } catch (error) {
    await namespace[Symbol.asyncDispose]();
    throw error;
  }
  return namespace;
}
