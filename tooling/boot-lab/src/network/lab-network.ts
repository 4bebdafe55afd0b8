import { createNamespace, type Namespace } from '@pxe/lab-host';

/** Addresses of the lab. They only exist inside the run's own namespace, so they never collide. */
export const LAB_NETWORK = {
  /** Address of the daemon under test and the DHCP server. */
  serverAddress: '10.77.0.1',
  /** Prefix used only in router advertisements: the machine boots over IPv4. */
  ipv6Prefix: 'fd77::',
  clientAddress: '10.77.0.50',
  /** Address that DHCP gives the installer, as servers do that tell it and the firmware apart. */
  installerAddress: '10.77.0.60',
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
  const { tap, serverAddress, prefixLength, ipv6Prefix } = LAB_NETWORK;
  try {
    await namespace.ip('tuntap', 'add', tap, 'mode', 'tap');
    await namespace.ip('link', 'set', tap, 'up');
    await namespace.ip('address', 'add', `${serverAddress}/${prefixLength}`, 'dev', tap);
    // nodad: usable at once, as nobody else can have it.
    await namespace.ip('address', 'add', `${ipv6Prefix}1/64`, 'dev', tap, 'nodad');
  } catch (error) {
    await namespace[Symbol.asyncDispose]();
    throw error;
  }
  return namespace;
}
