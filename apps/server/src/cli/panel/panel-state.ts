import { isIP } from 'node:net';

import { type ServerConfig } from '../../config/schema.js';
import { type DaemonView, type Planes } from '../../daemon.js';
import { usualBootFiles } from '../../dhcp/boot-files.js';
import { DHCP_SNIPPETS } from '../../dhcp/snippets.js';
import { TOTAL } from '../../images/sync-progress.js';
import { type Boot } from '../../machines/boot.js';
import { type PanelState } from './panel-lines.js';

/** Port to which boot firmware sends its requests. */
const TFTP_PORT = '69';

/** Maximum number of boots that are kept for the panel; a tall terminal shows about as many. */
const MAX_BOOTS = 50;

/** Facts about this host and process that the panel shows. */
export interface PanelFacts {
  readonly config: Pick<ServerConfig, 'images'>;
  /** IPv4 address of this host that machines reach, for the DHCP server. */
  readonly address: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Follows a running daemon, and returns a function that returns what the panel currently shows. */
export function followDaemon(
  view: DaemonView,
  facts: PanelFacts,
): (isStopping: boolean) => PanelState {
  const boots = new Map<number, Boot>();
  const followedSince = Date.now();
  view.followBoots(({ boot }) => {
    // Boots from earlier runs may still change.
    if (boot.lastSeenAt < followedSince) {
      return;
    }
    boots.set(boot.id, boot);
    if (boots.size > MAX_BOOTS) {
      // Forged requests must not push out machines.
      const spare = [...boots.values()].find(({ proven }) => !proven) ?? [...boots.values()][0];
      boots.delete(spare?.id ?? 0);
    }
  });
  const dhcpCommand = `${commandText(facts.env)} dhcp ${Object.keys(DHCP_SNIPPETS).join('|')}`;
  let addresses = view.addresses();
  return (isStopping) => {
    // A cable may be connected later; a daemon that stops keeps those that it had.
    addresses = isStopping ? addresses : view.addresses();
    const address = answering(addresses.tftp, facts.address);
    const now = Date.now();
    const { progress, status } = view.fetch;
    const titles = progress?.titles.filter((title) => title !== TOTAL) ?? [];
    return {
      ...shownAddresses(addresses, address),
      dhcp: dhcpTexts({ ...facts, address }),
      dhcpCommand,
      obstacle: obstacle(addresses),
      fetch: status,
      rows: titles.flatMap((title) => progress?.row(title, now) ?? []),
      images: view.images(),
      boots: [...boots.values()].toSorted((one, other) => one.startedAt - other.startedAt),
      isStopping,
      now,
    };
  };
}

/**
 * Returns the address of this host if TFTP answers there or on no IPv4 address, otherwise the first IPv4
 * address where TFTP answers, loopback last.
 */
function answering(tftp: readonly string[], own: string | undefined): string | undefined {
  const hosts = tftp.map((text) => text.slice(0, text.lastIndexOf(':')));
  const isEverywhere = hosts.some((host) => host === '0.0.0.0' || host === '[::]');
  return isEverywhere || hosts.some((host) => host === own)
    ? own
    : (hosts.find((host) => isIP(host) === 4 && !isLoopback(host)) ??
        hosts.find((host) => isIP(host) === 4) ??
        own);
}

/**
 * Returns the addresses that people can use: those that other hosts can reach, or all if there are none,
 * with a real address in place of `0.0.0.0` and `[::]`.
 */
function shownAddresses(
  planes: Planes,
  own: string | undefined,
): Pick<PanelState, 'tftp' | 'http' | 'admin'> {
  const shown = (listed: readonly string[]): readonly string[] => {
    const real = listed.map((text) =>
      text.replace(/^(?:0\.0\.0\.0|\[::\]):/, `${own ?? '127.0.0.1'}:`),
    );
    const remote = real.filter((text) => !/^(?:127\.|\[::1\]|\[fe80:)/.test(text));
    return [...new Set(remote.length > 0 ? remote : real)];
  };
  return { tftp: shown(planes.tftp), http: shown(planes.http), admin: shown(planes.admin) };
}

/**
 * Returns the two lines for the DHCP server, in the language of ISC dhcpd, which most guides use.
 */
function dhcpTexts({ config, address }: PanelFacts): readonly string[] {
  const [file, ...others] = usualBootFiles(config.images.map(({ arch }) => arch));
  const note = others.length === 0 ? '' : `    # UEFI: "${others.join('", "')}"`;
  return [`next-server ${address ?? 'ADDRESS-OF-THIS-HOST'};`, `filename "${file ?? ''}";${note}`];
}

function obstacle({ tftp }: Planes): string | undefined {
  const endpoints = tftp.map((text) => ({
    host: text.slice(0, text.lastIndexOf(':')),
    port: text.slice(text.lastIndexOf(':') + 1),
  }));
  if (endpoints.every(({ port }) => port !== TFTP_PORT)) {
    return `Boot firmware uses TFTP port ${TFTP_PORT} only, but this server listens on ${endpoints[0]?.port ?? 'none'}: run it as root, or stop the program that uses port ${TFTP_PORT}.`;
  }
  return endpoints.every(({ host }) => isLoopback(host))
    ? 'TFTP answers on loopback only: connect this host to the network, or set tftp.listen to an address that machines reach.'
    : undefined;
}

function isLoopback(host: string): boolean {
  return host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Returns how another command of this program begins, given how this one was run. */
function commandText(env: PanelFacts['env']): string {
  switch (env['npm_lifecycle_event']) {
    case 'start':
    case 'pxeboot':
      return 'npm run -s pxeboot --';
    case 'npx':
      return 'npx @pxe/server';
    default:
      return 'pxeboot';
  }
}
