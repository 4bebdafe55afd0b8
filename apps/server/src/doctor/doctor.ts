import { type BootProbeResult } from '@pxe/dhcp-protocol';

import { type ServerConfig } from '../config/schema.js';
import { udpPortHolder } from '../dhcp/port-holder.js';
import { askOffers, clientMac } from './ask-offers.js';
import { checkOwnServer, type OwnServer } from './check-own-server.js';
import { CLIENT_KINDS, type ClientKind, clientKinds } from './client-kinds.js';
import { distinctFindings, type Finding } from './finding.js';
import { followBoot, type ServerClock } from './follow-boot.js';
import { findLink, type Link } from './link.js';
import { type BootTarget, readOffers } from './read-offers.js';

/** Options of {@link runDoctor}. */
export interface DoctorOptions {
  readonly config: Pick<ServerConfig, 'dataDir' | 'access' | 'http'>;
  /** @default the interface with the default route */
  readonly interface?: string;
  /** Kind of client to act as. @default BIOS and UEFI x64, and the others that get a boot file of their own */
  readonly as?: ClientKind;
  /** IPv4 address of the boot server to ask. @default the one that DHCP names, or that of this host */
  readonly server?: string;
  readonly onEvent: (event: DoctorEvent) => void;
  readonly signal: AbortSignal;
}

/** Progress of the report. */
export type DoctorEvent =
  | { readonly type: 'step'; readonly title: string }
  /** Begins with `>` for what was sent, `<` for what was received, `=` for a fact. */
  | { readonly type: 'line'; readonly text: string };

/** Step of the report. */
export interface DoctorStep {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Result of {@link runDoctor}. */
export interface DoctorReport {
  readonly steps: readonly DoctorStep[];
  readonly findings: readonly Finding[];
}

/** Difference between two clocks above which it is reported, in milliseconds. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Acts as each kind of boot client, step by step, and explains what stops it. */
export async function runDoctor(options: DoctorOptions): Promise<DoctorReport> {
  return new Doctor(options).run();
}

class Doctor {
  readonly #options: DoctorOptions;
  readonly #steps: { readonly title: string; readonly lines: string[] }[] = [];
  readonly #findings: Finding[] = [];
  readonly #clocks: ServerClock[] = [];

  constructor(options: DoctorOptions) {
    this.#options = options;
  }

  async run(): Promise<DoctorReport> {
    const { config } = this.#options;
    this.#step('link');
    const found = await findLink(this.#options.interface);
    if ('finding' in found) {
      this.#findings.push(found.finding);
    } else {
      const { name, cidr, mtu } = found.link;
      this.#say(`= ${name} has ${cidr}${mtu === undefined ? '' : `, MTU ${mtu}`}`);
    }
    const link = 'link' in found ? found.link : undefined;
    const own = await checkOwnServer(config, link);
    if (own !== undefined) {
      this.#step('pxeboot on this host');
      for (const line of own.lines) {
        this.#say(`= ${line}`);
      }
      this.#findings.push(...own.findings);
    }
    // This server refuses its own host as it does the machines.
    const isDenied = own?.findings.some(({ rule }) => rule === 'outside-allow-list') === true;
    if (link !== undefined && !isDenied) {
      await this.#checkBoots(link, own);
    }
    this.#compareClocks();
    return { steps: this.#steps, findings: distinctFindings(this.#findings) };
  }

  async #checkBoots(link: Link, own: OwnServer | undefined): Promise<void> {
    const { as, signal } = this.#options;
    const kinds = as === undefined ? clientKinds() : [as];
    this.#step('DHCP');
    const offers = await askOffers(link, kinds, signal);
    if ('skipped' in offers) {
      this.#say(`= DHCP is not checked: ${offers.skipped}`);
      await this.#checkWithoutDhcp(link, own);
      return;
    }
    for (const kind of kinds) {
      const { vendorClass, architecture } = CLIENT_KINDS[kind].client;
      this.#say(
        `> DISCOVER as ${CLIENT_KINDS[kind].title} (${vendorClass}, architecture ${architecture})`,
      );
    }
    const { results } = offers;
    if (await this.#isServerHidden(results)) {
      await this.#checkWithoutDhcp(link, own);
      return;
    }
    const targets: (readonly [ClientKind, BootTarget])[] = [];
    for (const kind of kinds) {
      const result = results.get(kind);
      if (result === undefined) {
        continue;
      }
      const { title } = CLIENT_KINDS[kind];
      const { received, findings, target } = readOffers(kind, result, this.#options.server);
      for (const line of received) {
        this.#say(`< ${title}: ${line}`);
      }
      const reason = as === undefined ? reasonToSkip(kind, results) : undefined;
      if (reason !== undefined) {
        this.#say(`= ${title}: ${reason}`);
        continue;
      }
      this.#findings.push(...findings);
      if (target !== undefined) {
        targets.push([kind, target]);
      }
    }
    for (const [kind, target] of targets) {
      await this.#follow(kind, target, link);
    }
  }

  /** Checks the boot files of a server without knowing what DHCP names. */
  async #checkWithoutDhcp(link: Link, own: OwnServer | undefined): Promise<void> {
    const { as, server = hostOf(own?.tftp) } = this.#options;
    if (server === undefined && this.#findings.length > 0) {
      // A finding already explains why there is no server.
      return;
    }
    if (server === undefined) {
      this.#findings.push({
        rule: 'nothing-checked',
        severity: 'warning',
        what: 'no boot server is known without DHCP',
        why: 'Nothing could be checked.',
        fix: 'Run "sudo pxeboot doctor", or name the boot server with --server.',
        evidence: [],
      });
      return;
    }
    for (const kind of as === undefined ? (['bios', 'uefi'] as const) : [as]) {
      await this.#follow(kind, this.#usualTarget(kind, server), link);
    }
  }

  #usualTarget(kind: ClientKind, server: string): BootTarget {
    const { usualFile } = CLIENT_KINDS[kind];
    if (kind !== 'http' && kind !== 'ipxe') {
      const unset = { configFile: undefined, pathPrefix: undefined };
      return { transport: 'tftp', server, file: usualFile, ...unset };
    }
    const { port } = this.#options.config.http.listen[0] ?? { port: 80 };
    return { transport: 'http', url: `http://${server}:${port}/${usualFile}` };
  }

  async #follow(kind: ClientKind, target: BootTarget, link: Link): Promise<void> {
    const mac = Buffer.from(clientMac(link.mac))
      .toString('hex')
      .replace(/..(?=.)/g, '$&:');
    const { title } = CLIENT_KINDS[kind];
    const { findings, clocks } = await followBoot(target, {
      kind,
      mac,
      step: (step) => {
        this.#step(`${title}: ${step}`);
      },
      say: (line) => {
        this.#say(line);
      },
      signal: this.#options.signal,
    });
    this.#findings.push(...findings);
    this.#clocks.push(...clocks);
  }

  /** Returns true if no server answered, but a DHCP server on this host may answer others. */
  async #isServerHidden(results: ReadonlyMap<ClientKind, BootProbeResult>): Promise<boolean> {
    if ([...results.values()].some(({ offers }) => offers.length > 0)) {
      return false;
    }
    const holder = await udpPortHolder(67);
    if (holder === undefined) {
      return false;
    }
    this.#findings.push({
      rule: 'dhcp-on-this-host',
      severity: 'warning',
      what: `${holder.program} on this host uses UDP port 67, and does not answer this host itself`,
      why: 'ISC dhcpd, for example, does not see the broadcasts of its own host, so DHCP could not be checked.',
      fix: 'Run "sudo npx @pxe/server doctor" on another machine of this network.',
      evidence: [`${holder.program} (process ${holder.pid}) has port 67`],
    });
    return true;
  }

  #compareClocks(): void {
    for (const { host, date, readAt } of this.#clocks) {
      const difference = date.getTime() - readAt.getTime();
      if (Math.abs(difference) > CLOCK_TOLERANCE_MS) {
        const minutes = Math.round(Math.abs(difference) / 60_000);
        this.#findings.push({
          rule: 'clocks-differ',
          severity: 'warning',
          what: `the clock of ${host} is ${difference > 0 ? 'ahead of' : 'behind'} that of this host`,
          why: 'With a wrong clock, signatures and certificates count as expired or not valid yet.',
          fix: 'Set both clocks, with systemd-timesyncd or chrony for example.',
          evidence: [`${minutes} minutes`],
        });
      }
    }
  }

  #step(title: string): void {
    this.#steps.push({ title, lines: [] });
    this.#options.onEvent({ type: 'step', title });
  }

  #say(text: string): void {
    this.#steps.at(-1)?.lines.push(text);
    this.#options.onEvent({ type: 'line', text });
  }
}

/**
 * Returns the reason to skip a kind that was not requested, since few networks serve every kind; undefined if
 * it is checked.
 */
function reasonToSkip(
  kind: ClientKind,
  results: ReadonlyMap<ClientKind, BootProbeResult>,
): string | undefined {
  if (kind === 'bios' || kind === 'uefi') {
    // A boot file for one of the two is enough; if neither has one, that is reported.
    const other = results.get(kind === 'bios' ? 'uefi' : 'bios');
    return filesOf(results.get(kind)) === '' && filesOf(other) !== '' ? 'no boot file' : undefined;
  }
  const own = filesOf(results.get(kind));
  if (own === '') {
    return 'no boot file';
  }
  const firmware = [filesOf(results.get('bios')), filesOf(results.get('uefi'))];
  return firmware.includes(own)
    ? `the same as other firmware; "pxeboot doctor --as ${kind}" checks it`
    : undefined;
}

function filesOf(result: BootProbeResult | undefined): string {
  const { offers = [], acknowledgement } = result ?? {};
  return [...offers, ...(acknowledgement === undefined ? [] : [acknowledgement])]
    .map(({ bootFile }) => bootFile)
    .filter((file) => file !== '')
    .sort()
    .join('\n');
}

function hostOf(address: string | undefined): string | undefined {
  return address?.slice(0, address.lastIndexOf(':'));
}
