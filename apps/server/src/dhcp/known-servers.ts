import {
  type BootClient,
  type BootOffer,
  type BootProbeResult,
  dhcpServerKind,
  type DhcpServerKind,
  type ProbedClient,
} from '@pxe/dhcp-protocol/node';

/** Time after which a server that no longer answers probes is forgotten, in milliseconds. */
const PROBED_MS = 25 * 60_000;

/** Time after which a server that is known only by requests from machines is forgotten, in milliseconds. */
const HEARD_MS = 24 * 60 * 60_000;

/** Maximum number of servers; anyone can forge requests that name more. */
const MAX_SERVERS = 16;

/** Kind of client that probes act as. */
export interface ProbedKind {
  readonly title: string;
  readonly probed: ProbedClient;
  /** Same client, in the form from which its boot file is chosen. */
  readonly client: Pick<BootClient, 'program' | 'vendorClass' | 'architecture'>;
}

function kindOf(
  title: string,
  vendorClass: ProbedClient['vendorClass'],
  architecture: number,
  program: 'firmware' | 'ipxe' = 'firmware',
): ProbedKind {
  const isIpxe = program === 'ipxe';
  return {
    title,
    probed: { vendorClass, architecture, isIpxe },
    client: { program, vendorClass, architecture },
  };
}

/** Kinds of clients that probes act as. */
export const PROBED_KINDS: readonly ProbedKind[] = [
  kindOf('BIOS', 'PXEClient', 0),
  kindOf('UEFI x64', 'PXEClient', 7),
  kindOf('UEFI arm64', 'PXEClient', 11),
  kindOf('UEFI x64, HTTP Boot', 'HTTPClient', 16),
  kindOf('iPXE', 'PXEClient', 7, 'ipxe'),
];

/** Boot file that a server names for a kind of client. */
export interface NamedFile {
  readonly kind: ProbedKind;
  readonly file: string;
}

/** Server that answers DHCP clients. */
export interface KnownServer {
  /** IPv4 address. */
  readonly address: string;
  /** True if the server gives addresses; false for a ProxyDHCP service. */
  readonly givesAddresses: boolean;
  /** Program that the server most likely is; undefined if it was not recognised. */
  readonly program: DhcpServerKind | undefined;
  readonly bootFiles: readonly NamedFile[];
}

interface Entry extends KnownServer {
  readonly answersProbes: boolean;
  readonly expiresAt: number;
}

/** Other servers on one link, as far as known. */
export class KnownServers {
  readonly #servers = new Map<string, Entry>();
  readonly #isOwn: (address: string) => boolean;

  /** @param isOwn - returns true for addresses of this host, whose own ProxyDHCP services are ignored */
  constructor(isOwn: (address: string) => boolean) {
    this.#isOwn = isOwn;
  }

  /** Returns the servers, in the order of their discovery. */
  list(now: number): readonly KnownServer[] {
    for (const [address, { expiresAt }] of this.#servers) {
      if (now >= expiresAt) {
        this.#servers.delete(address);
      }
    }
    return [...this.#servers.values()];
  }

  /**
   * Records that a machine has chosen the lease of a server.
   *
   * @param program - program that the server runs, if known
   */
  heard(address: string, now: number, program?: DhcpServerKind): void {
    const known = this.#servers.get(address);
    this.#set({
      bootFiles: [],
      answersProbes: false,
      ...known,
      ...{ address, givesAddresses: true, program: known?.program ?? program },
      expiresAt: now + (known?.answersProbes === true ? PROBED_MS : HEARD_MS),
    });
  }

  /** Records the answers to one round of probes, in the order of {@link PROBED_KINDS}. */
  probed(results: readonly BootProbeResult[], now: number): void {
    const found = new Map<string, Entry>();
    for (const [index, result] of results.entries()) {
      const kind = PROBED_KINDS[index];
      for (const offer of kind === undefined ? [] : result.offers) {
        const address = offer.server ?? offer.sender;
        const known = found.get(address);
        const file = fileOf(offer, result);
        const isLease = offer.kind === 'lease';
        if (!isLease && this.#isOwn(address)) {
          continue;
        }
        found.set(address, {
          address,
          givesAddresses: isLease || known?.givesAddresses === true,
          program: isLease ? dhcpServerKind(offer.message.options) : known?.program,
          bootFiles: [
            ...(known?.bootFiles ?? []),
            ...(file === '' || kind === undefined ? [] : [{ kind, file }]),
          ],
          answersProbes: true,
          expiresAt: now + PROBED_MS,
        });
      }
    }
    for (const entry of found.values()) {
      this.#set(entry);
    }
  }

  #set(entry: Entry): void {
    this.#servers.set(entry.address, entry);
    if (this.#servers.size > MAX_SERVERS) {
      const others = [...this.#servers.values()].filter(({ address }) => address !== entry.address);
      const spare = others.find(({ answersProbes }) => !answersProbes) ?? others[0];
      this.#servers.delete(spare?.address ?? '');
    }
  }
}

/** Returns the boot file of an offer, or of the boot server that it refers to. */
function fileOf(
  { bootFile, nextServer, server }: BootOffer,
  { referral, acknowledgement }: BootProbeResult,
): string {
  return bootFile === '' && referral?.address === (nextServer ?? server)
    ? (acknowledgement?.bootFile ?? '')
    : bootFile;
}
