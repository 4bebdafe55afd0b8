import {
  type BootClient,
  type BootProbeResult,
  type DhcpServerKind,
  type LeaseRequest,
} from '@pxe/dhcp-protocol/node';

import { clientName } from '../log/client-name.js';
import { type LineLimiter } from '../log/line-limiter.js';
import { type Logger } from '../log/logger.js';
import { type BootPlan } from './boot-files.js';
import { clientBootFile } from './client-boot-file.js';
import { type KnownServer, KnownServers, type NamedFile } from './known-servers.js';
import { OFFER_PATIENCE_MS, OfferWatch, type WatchedOffer } from './offer-watch.js';
import { DHCP_SNIPPETS } from './snippets.js';

/** Maximum number of warnings and messages remembered, so that none is repeated. */
const MAX_REPORTED = 256;

/** Display names of the programs that serve DHCP. */
const PROGRAMS: Readonly<Record<DhcpServerKind, string>> = {
  dnsmasq: 'dnsmasq',
  isc: 'ISC dhcpd',
  kea: 'Kea',
};

export interface NetworkWatchOptions {
  /** Name of the interface. */
  readonly link: string;
  /** Addresses of this host, whose own services are not reported. */
  readonly isOwn: (address: string) => boolean;
  /** Returns the boot files of this server; undefined while there are none. */
  readonly plan: () => BootPlan | undefined;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Rate-limits the log lines that requests from machines cause. */
  readonly admitsLine: LineLimiter['admits'];
}

/** Machine that has not loaded the boot file that it was offered. */
export interface IgnoringMachine {
  readonly mac: string;
  /** Boot file of the offer. */
  readonly file: string;
  /** Time of the offer in milliseconds since 1970. */
  readonly offeredAt: number;
  /** Cause and remedy, as a text. */
  readonly advice: string;
}

/** Server on the link. */
export interface ObservedServer extends KnownServer {
  /**
   * Reason why the server keeps machines from booting from this server, and the remedy; undefined if it does
   * not.
   */
  readonly advice: string | undefined;
}

/** Observations on one link: which other servers answer there, and which machines ignore offers. */
export class NetworkWatch {
  readonly #options: NetworkWatchOptions;
  readonly #servers: KnownServers;
  readonly #offers = new OfferWatch();
  readonly #reported = new Set<string>();

  constructor(options: NetworkWatchOptions) {
    this.#options = options;
    this.#servers = new KnownServers(options.isOwn);
  }

  /** Returns the other servers on the link. */
  servers(now: number): readonly ObservedServer[] {
    return this.#servers
      .list(now)
      .map((server) => ({ ...server, advice: this.#serverAdvice(server) }));
  }

  /** Returns the machines that have ignored an offer and have loaded nothing since. */
  ignoring(now: number): readonly IgnoringMachine[] {
    return this.#offers.ignored.map((offer) => ({
      mac: offer.client.mac,
      file: offer.file,
      offeredAt: offer.offeredAt,
      advice: this.#advice(offer, now).text,
    }));
  }

  offered(client: BootClient, file: string, now: number): void {
    this.#offers.offered(client, file, now);
  }

  /** Called when a machine has requested its boot file on port 4011. */
  acknowledged(mac: string): void {
    this.#offers.loaded(mac);
  }

  /** Called when the client at an address has requested a file. */
  requestedFrom(address: string): void {
    this.#offers.loadedAt(address);
  }

  /**
   * Called when a machine has requested the lease of a server.
   *
   * @param program - program that the server runs, if known
   */
  leaseRequested(request: LeaseRequest, now: number, program?: DhcpServerKind): void {
    this.#offers.leaseRequested(request);
    this.#servers.heard(request.server, now, program);
    this.#reportServers(now);
  }

  probed(results: readonly BootProbeResult[], now: number): void {
    this.#servers.probed(results, now);
    this.#reportServers(now);
  }

  /** Reports the machines that have ignored an offer since the last call. */
  reportIgnored(now: number): void {
    for (const offer of this.#offers.overdue(now)) {
      const { client, file, leasedFrom } = offer;
      if (!this.#options.admitsLine('dhcp.offer-ignored', client.mac, 'none')) {
        continue;
      }
      const { text, snippet } = this.#advice(offer, now);
      const { mac, uuid, firmware, cpu } = client;
      const { link } = this.#options;
      this.#options.logger.warn(
        {
          ...{ event: 'dhcp.offer-ignored', interface: link, mac, uuid, firmware, cpu, file },
          ...{ server: leasedFrom, snippet },
        },
        `DHCP: ${text}`,
      );
    }
  }

  #reportServers(now: number): void {
    for (const server of this.#servers.list(now)) {
      const { link } = this.#options;
      const { address, givesAddresses, program } = server;
      const facts = { interface: link, server: address, program };
      if (givesAddresses && this.#isNew(`lease ${address}`)) {
        this.#options.logger.info(
          { event: 'dhcp.server', ...facts },
          `DHCP: ${serverName(server)} gives the addresses on ${link}`,
        );
      }
      const advice = this.#serverAdvice(server);
      const kind = givesAddresses ? 'files' : 'proxy';
      if (advice !== undefined && this.#isNew(`${kind} ${address}`)) {
        this.#options.logger.warn(
          {
            event: `dhcp.other-${kind}`,
            ...facts,
            bootFiles: filesOf(this.#otherFiles(server)),
          },
          `DHCP: ${advice}`,
        );
      }
    }
  }

  #serverAdvice(server: KnownServer): string | undefined {
    const files = this.#otherFiles(server).map(({ kind, file }) => `${file} for ${kind.title}`);
    const named = files.join(', ');
    if (!server.givesAddresses) {
      return `another ProxyDHCP service answers on ${this.#options.link}: ${server.address}${named === '' ? '' : ` names ${named}`}. Machines use the first answer: stop one of the two`;
    }
    return named === ''
      ? undefined
      : `${serverName(server)} names boot files itself: ${named}. Machines may load those: remove the boot options there, or set proxyDhcp.enabled: false`;
  }

  /** Returns the boot files of a server that differ from those of this one. */
  #otherFiles({ bootFiles }: KnownServer): readonly NamedFile[] {
    const plan = this.#options.plan();
    return bootFiles.filter(
      ({ kind, file }) => plan === undefined || clientBootFile(plan, kind.client)?.file !== file,
    );
  }

  #isNew(key: string): boolean {
    if (this.#reported.has(key) || this.#reported.size >= MAX_REPORTED) {
      return false;
    }
    this.#reported.add(key);
    return true;
  }

  #advice(
    { client, file, leasedFrom }: WatchedOffer,
    now: number,
  ): { readonly text: string; readonly snippet: string | undefined } {
    const { link, plan } = this.#options;
    const who = `${client.mac} (${clientName(client)})`;
    const what = `${who} has not loaded ${file} within ${OFFER_PATIENCE_MS / 1000} s of the offer`;
    const leasing = this.#servers.list(now).filter(({ givesAddresses }) => givesAddresses);
    const server = leasing.find(({ address }) => address === leasedFrom) ?? leasing[0];
    if (server === undefined) {
      const text = `${what}, and no DHCP server has answered on ${link}: check that one gives addresses there`;
      return { text, snippet: undefined };
    }
    const { program } = server;
    const current = plan();
    return {
      text: `${what}: its firmware may accept boot files only from the server that gives it its address. ${
        program === undefined
          ? `"pxeboot dhcp" lists the supported DHCP servers; add the configuration for yours to ${server.address}`
          : `Add the output of "pxeboot dhcp ${program}" to ${serverName(server)}`
      }`,
      snippet: current && program && DHCP_SNIPPETS[program]?.(current),
    };
  }
}

/** Returns the display name of a server, as in `192.0.2.1 (dnsmasq)`. */
export function serverName({ address, program }: KnownServer): string {
  return program === undefined ? address : `${address} (${PROGRAMS[program]})`;
}

function filesOf(files: readonly NamedFile[]): Readonly<Record<string, string>> {
  return Object.fromEntries(files.map(({ kind, file }) => [kind.title, file]));
}
