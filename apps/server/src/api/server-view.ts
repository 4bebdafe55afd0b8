import { hostname } from 'node:os';

import { type z } from 'zod';

import { type ImageStore } from '@pxe/debian-netboot';

import { type ServerConfig } from '../config/schema.js';
import { bootPlan } from '../dhcp/boot-files.js';
import { advertisedAddress, ownAddress } from '../dhcp/own-address.js';
import { type ProxyDhcpView } from '../dhcp/proxy-dhcp-link.js';
import {
  answeringAddress,
  obstacleOf,
  type PlaneAddresses,
  usableAddresses,
} from '../dhcp/server-addresses.js';
import { DHCP_TITLES } from '../dhcp/server-titles.js';
import { DHCP_SNIPPETS } from '../dhcp/snippets.js';
import { type ImageFetch } from '../images/fetch-status.js';
import { TOTAL } from '../images/sync-progress.js';
import { type dhcpList, type serverView } from './schemas.js';

type ServerView = z.output<typeof serverView>;

/** Components that provide the addresses of the daemon and the progress of its downloads. */
export interface ServerParts {
  readonly version: string;
  readonly config: () => Pick<ServerConfig, 'admin' | 'advertise'>;
  /** Returns the addresses that each plane listens on. */
  readonly addresses: () => PlaneAddresses;
  readonly fetch: Pick<ImageFetch, 'status' | 'progress'>;
  /** Returns what is known about each interface with a ProxyDHCP service. */
  readonly proxyDhcp: () => readonly ProxyDhcpView[];
}

/** Returns the addresses that the daemon serves, and the progress of its downloads. */
export async function describeServer(
  parts: ServerParts,
  access: ServerView['access'],
): Promise<ServerView> {
  const addresses = parts.addresses();
  const server = await serverAddress(parts);
  const config = parts.config();
  const obstacle = obstacleOf(addresses, config);
  const { grafanaUrl } = config.admin;
  const usable = usableAddresses(addresses, server);
  return {
    name: hostname(),
    version: parts.version,
    access,
    tftp: [...usable.tftp],
    http: [...usable.http],
    ...(obstacle === undefined ? {} : { obstacle }),
    proxyDhcp: parts.proxyDhcp().map(describeProxyDhcp),
    ...(grafanaUrl === undefined ? {} : { grafanaUrl }),
    fetch: describeFetch(parts.fetch, Date.now()),
  };
}

/**
 * Returns the configuration of each kind of DHCP server; undefined if this host has no IPv4 address, or no
 * images with the boot loaders that the configuration would name.
 */
export async function describeDhcp(
  parts: ServerParts,
  store: Pick<ImageStore, 'current'>,
): Promise<z.output<typeof dhcpList> | undefined> {
  const generation = await store.current();
  const address = await serverAddress(parts);
  if (generation === undefined || address === undefined) {
    return undefined;
  }
  const { advertise } = parts.config();
  const [http = ''] = parts.addresses().http;
  const port = http.slice(http.lastIndexOf(':') + 1);
  const plan = bootPlan(
    generation.manifest,
    address,
    advertise === 'auto' ? `http://${address}:${port}` : advertise,
  );
  return {
    address,
    servers: Object.entries(DHCP_SNIPPETS).map(([name, snippet]) => ({
      name,
      title: DHCP_TITLES[name] ?? name,
      text: snippet(plan),
    })),
  };
}

/** Returns the IPv4 address that DHCP should name as the boot server. */
export async function serverAddress({
  config,
  addresses,
}: ServerParts): Promise<string | undefined> {
  const own = advertisedAddress(config()) ?? (await ownAddress());
  return answeringAddress(addresses().tftp, own);
}

function describeProxyDhcp({
  interface: link,
  address,
  servers,
  ignoring,
}: ProxyDhcpView): ServerView['proxyDhcp'][number] {
  return {
    interface: link,
    address,
    servers: servers.map(({ address: server, givesAddresses, program, bootFiles, advice }) => ({
      address: server,
      givesAddresses,
      ...(program === undefined ? {} : { program }),
      bootFiles: bootFiles.map(({ kind, file }) => ({ client: kind.title, file })),
      ...(advice === undefined ? {} : { advice }),
    })),
    ignoring: ignoring.map(({ offeredAt, ...machine }) => ({
      ...machine,
      offeredAt: new Date(offeredAt).toISOString(),
    })),
  };
}

function describeFetch(
  { status, progress }: ServerParts['fetch'],
  now: number,
): ServerView['fetch'] {
  switch (status.state) {
    case 'idle':
      return { state: status.state };
    case 'failed':
    case 'elsewhere':
      return {
        state: status.state,
        reason: status.reason,
        retryAt: new Date(status.retryAt).toISOString(),
      };
    case 'fetching': {
      const { percent, activity } = status.overall;
      const titles = progress?.titles.filter((title) => title !== TOTAL) ?? [];
      return {
        state: status.state,
        percent,
        ...(activity === undefined ? {} : { activity }),
        rows: titles.flatMap((title) => {
          const row = progress?.row(title, now);
          return row === undefined
            ? []
            : { title, received: row.received, total: row.total, speed: Math.round(row.speed) };
        }),
      };
    }
  }
}
