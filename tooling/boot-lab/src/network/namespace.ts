import { endPrograms, runCommand } from '@pxe/lab-host';

/** Addresses of the lab. They only exist inside the run's own namespace, so they never collide. */
export const LAB_NETWORK = {
  /** Address of the daemon under test and the DHCP server. */
  serverAddress: '10.77.0.1',
  /** For router advertisements only: the machine boots by IPv4. */
  ipv6Prefix: 'fd77::',
  clientAddress: '10.77.0.50',
  prefixLength: 24,
  netmask: '255.255.255.0',
  clientMac: '52:54:00:12:34:56',
  /** The host's end of the machine's network cable. */
  tap: 'tap0',
} as const;

/** Isolated network namespace of one run. */
export interface NetworkNamespace {
  readonly name: string;
  /**
   * Returns the command that runs a command inside. The process keeps its id, because `ip` replaces
   * itself.
   */
  inside(command: string, args: readonly string[]): { command: string; args: string[] };
  /** Adds a tap device that is up and has no address. */
  addTap(device: string): Promise<void>;
  /** Kills all processes inside and removes the namespace with its devices. */
  remove(): Promise<void>;
}

/** Creates the namespace, with loopback and the tap device of {@link LAB_NETWORK} up. */
export async function createNamespace(name: string): Promise<NetworkNamespace> {
  await runCommand('ip', ['netns', 'add', name]);
  const namespace = openNamespace(name);
  try {
    await runCommand('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    await namespace.addTap(LAB_NETWORK.tap);
    const address = `${LAB_NETWORK.serverAddress}/${LAB_NETWORK.prefixLength}`;
    await runCommand('ip', ['-n', name, 'address', 'add', address, 'dev', LAB_NETWORK.tap]);
    const address6 = `${LAB_NETWORK.ipv6Prefix}1/64`;
    // nodad: usable at once, as nobody else can have it.
    await runCommand('ip', [
      '-n',
      name,
      'address',
      'add',
      address6,
      'dev',
      LAB_NETWORK.tap,
      'nodad',
    ]);
  } catch (error) {
    await namespace.remove();
    throw error;
  }
  return namespace;
}

/** An existing namespace. */
export function openNamespace(name: string): NetworkNamespace {
  return {
    name,
    inside: (command, args) => ({
      command: 'ip',
      args: ['netns', 'exec', name, command, ...args],
    }),
    async addTap(device) {
      await runCommand('ip', ['-n', name, 'tuntap', 'add', device, 'mode', 'tap']);
      await runCommand('ip', ['-n', name, 'link', 'set', device, 'up']);
    },
    async remove() {
      await endPrograms(name);
      await runCommand('ip', ['netns', 'delete', name]);
    },
  };
}

/** Names of all network namespaces of this host. */
export async function listNamespaces(): Promise<string[]> {
  const list = await runCommand('ip', ['netns', 'list']);
  return list
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name !== '');
}
