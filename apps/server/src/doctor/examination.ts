import { portHolder } from '../port-holder.js';
import { distinctFindings, type Finding } from '../self-check/finding.js';
import { findLink, type Link } from '../self-check/link.js';
import { askIpv6 } from './ask-ipv6.js';
import { askOffers, clientMac } from './ask-offers.js';
import { withoutEffects } from './causes.js';
import { checkOwnServer, type OwnServer } from './check-own-server.js';
import { CLIENT_FACTS } from './client-facts.js';
import { CLIENT_KINDS, type ClientKind } from './client-kind.js';
import { type DoctorOptions, type DoctorReport, FIRST_STEP } from './doctor-report.js';
import { followBoot } from './follow-boot.js';
import { dhcpv6Lines, ipv6Findings, routerLines } from './ipv6-report.js';
import { type BootTarget, readOffers } from './read-offers.js';
import { readRouters } from './routers.js';
import { type ServerClock, serverClockFindings } from './server-clocks.js';
import { hiddenServerFindings, nothingCheckedFindings, reasonToSkip } from './unseen-dhcp.js';

/** All steps of doctor, and what they found. The first step has already been reported. */
export class Examination {
  readonly #options: DoctorOptions;
  readonly #steps: { readonly title: string; readonly lines: string[] }[] = [
    { title: FIRST_STEP, lines: [] },
  ];
  readonly #findings: Finding[] = [];
  readonly #clocks: ServerClock[] = [];

  constructor(options: DoctorOptions) {
    this.#options = options;
  }

  async run(): Promise<DoctorReport> {
    const { config } = this.#options;
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
      const at = link === undefined ? {} : { host: link.address };
      for (const line of own.lines) {
        this.#say(`= ${line}`);
      }
      this.#findings.push(...own.findings.map((finding) => ({ ...finding, ...at })));
    }
    // Both problems would also affect doctor itself, which would then report their effects.
    const isUnreachable =
      own?.findings.some(({ rule }) => rule === 'outside-allow-list' || rule === 'own-ports') ===
      true;
    if (link !== undefined && !isUnreachable) {
      await this.#checkBoots(link, own);
      await this.#checkIpv6(link);
    }
    this.#findings.push(...serverClockFindings(this.#clocks));
    return { steps: this.#steps, findings: distinctFindings(withoutEffects(this.#findings)) };
  }

  async #checkBoots(link: Link, own: OwnServer | undefined): Promise<void> {
    const { as, signal } = this.#options;
    const kinds = as === undefined ? CLIENT_KINDS : [as];
    this.#step('DHCP');
    const offers = await askOffers(link, kinds, signal);
    if ('skipped' in offers) {
      this.#say(`= DHCP is not checked: ${offers.skipped}`);
      await this.#checkWithoutDhcp(link, own);
      return;
    }
    for (const kind of kinds) {
      const { vendorClass, architecture } = CLIENT_FACTS[kind].client;
      this.#say(
        `> DISCOVER as ${CLIENT_FACTS[kind].title} (${vendorClass}, architecture ${architecture})`,
      );
    }
    const { results } = offers;
    const hidden = hiddenServerFindings(results, await portHolder('udp', 67));
    this.#findings.push(...hidden);
    if (hidden.length > 0) {
      await this.#checkWithoutDhcp(link, own);
      return;
    }
    const targets: (readonly [ClientKind, BootTarget])[] = [];
    for (const kind of kinds) {
      const result = results.get(kind);
      if (result === undefined) {
        continue;
      }
      const { title } = CLIENT_FACTS[kind];
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

  /** Shows what routers and DHCPv6 servers offer. Boots over IPv6 are not followed any further. */
  async #checkIpv6(link: Link): Promise<void> {
    const { as, signal } = this.#options;
    this.#step('IPv6');
    const [routers, answers] = await Promise.all([
      readRouters(link.name, signal),
      askIpv6(link, as === undefined ? CLIENT_KINDS : [as], signal),
    ]);
    for (const line of [...routerLines(routers), ...dhcpv6Lines(answers)]) {
      this.#say(line);
    }
    this.#findings.push(...ipv6Findings(routers, answers));
  }

  /** Checks a server's usual boot files, since it is unknown which files DHCP names. */
  async #checkWithoutDhcp(link: Link, own: OwnServer | undefined): Promise<void> {
    const { as, server = hostOf(own?.tftp) } = this.#options;
    this.#findings.push(...nothingCheckedFindings(server, this.#findings));
    if (server === undefined) {
      return;
    }
    for (const kind of as === undefined ? (['bios', 'uefi'] as const) : [as]) {
      await this.#follow(kind, this.#usualTarget(kind, server), link);
    }
  }

  #usualTarget(kind: ClientKind, server: string): BootTarget {
    const { usualFile } = CLIENT_FACTS[kind];
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
    const { title } = CLIENT_FACTS[kind];
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

  #step(title: string): void {
    this.#steps.push({ title, lines: [] });
    this.#options.onEvent({ type: 'step', title });
  }

  #say(text: string): void {
    this.#steps.at(-1)?.lines.push(text);
    this.#options.onEvent({ type: 'line', text });
  }
}

function hostOf(address: string | undefined): string | undefined {
  return address?.slice(0, address.lastIndexOf(':'));
}
