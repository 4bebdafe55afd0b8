import { connect, createNamespace, type Namespace } from '@pxe/lab-host';

/** A machine that boots, and a cluster node on the same network. */
export interface NodeNetwork extends AsyncDisposable {
  readonly client: Namespace;
  readonly node: Namespace;
  readonly nodeAddress: string;
}

/** Creates a {@link NodeNetwork}. */
export async function createNodeNetwork(): Promise<NodeNetwork> {
  const client = await createNamespace(`client-${process.pid}`);
  const node = await createNamespace(`node-${process.pid}`);
  await connect(
    { namespace: client, device: 'eth0', address: '10.88.0.2/24' },
    { namespace: node, device: 'eth0', address: '10.88.0.1/24' },
  );
  return {
    client,
    node,
    nodeAddress: '10.88.0.1',
    [Symbol.asyncDispose]: () => disposeAll(client, node),
  };
}

/**
 * A container on a bridge, as created by `docker run -p 69:69/udp -p 8069:8069`. The host forwards
 * its own ports 69/udp and 8069/tcp to the container, and masquerades traffic that the container
 * initiates.
 */
export interface BridgeNetwork extends AsyncDisposable {
  readonly client: Namespace;
  readonly host: Namespace;
  readonly container: Namespace;
  /**
   * Address that clients use: the host's second address, like a virtual address or that of a load
   * balancer. Traffic that the container initiates comes from the first.
   */
  readonly hostAddress: string;
}

const HOST_ADDRESS = '10.88.0.9';
const CONTAINER_ADDRESS = '172.30.0.2';

const PUBLISHED_PORTS = `
table ip nat {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    iifname "uplink" udp dport 69 dnat to ${CONTAINER_ADDRESS}:69
    iifname "uplink" tcp dport 8069 dnat to ${CONTAINER_ADDRESS}:8069
  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    oifname "uplink" ip saddr ${CONTAINER_ADDRESS} masquerade
  }
}`;

/** Creates a {@link BridgeNetwork}. */
export async function createBridgeNetwork(): Promise<BridgeNetwork> {
  const client = await createNamespace(`client-${process.pid}`);
  const host = await createNamespace(`host-${process.pid}`);
  const container = await createNamespace(`container-${process.pid}`);
  await connect(
    { namespace: client, device: 'eth0', address: '10.88.0.2/24' },
    { namespace: host, device: 'uplink', address: '10.88.0.1/24' },
  );
  await host.ip('address', 'add', `${HOST_ADDRESS}/24`, 'dev', 'uplink');
  await connect(
    { namespace: host, device: 'bridge', address: '172.30.0.1/24' },
    { namespace: container, device: 'eth0', address: `${CONTAINER_ADDRESS}/24` },
  );
  await container.ip('route', 'add', 'default', 'via', '172.30.0.1');
  await host.output('sysctl', ['--quiet', '--write', 'net.ipv4.ip_forward=1']);
  await host.output('nft', [PUBLISHED_PORTS]);
  return {
    client,
    host,
    container,
    hostAddress: HOST_ADDRESS,
    [Symbol.asyncDispose]: () => disposeAll(client, host, container),
  };
}

async function disposeAll(...namespaces: readonly Namespace[]): Promise<void> {
  for (const namespace of namespaces) {
    await namespace[Symbol.asyncDispose]();
  }
}
