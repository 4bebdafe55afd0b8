import { type ServerConfig } from '../../config/schema.js';
import { type DaemonView } from '../../daemon.js';
import { usualBootFiles } from '../../dhcp/boot-files.js';
import { serverName } from '../../dhcp/network-watch.js';
import { answeringAddress, obstacleOf, usableAddresses } from '../../dhcp/server-addresses.js';
import { TOTAL } from '../../images/sync-progress.js';
import { type Boot } from '../../machines/boot.js';
import { ownCommand, withOwnCommand } from '../../own-command.js';
import { type Finding, type Rule } from '../../self-check/finding.js';
import { type StateFailure } from '../../state/failure.js';
import { stateText } from '../../state/state-lines.js';
import { unfinishedText, type UnfinishedWork } from '../../unfinished-work.js';
import { type PanelState } from './panel-lines.js';

/** Maximum number of boots kept for the panel, about as many as a tall terminal shows. */
const MAX_BOOTS = 50;

/**
 * Maximum number of machines per interface that the panel shows as ignoring offers; the log has all of them.
 */
const MAX_IGNORING = 2;

/** Facts about this host and process that the panel shows. */
export interface PanelFacts {
  readonly config: Pick<ServerConfig, 'images' | 'advertise'>;
  /** IPv4 address of this host that machines can reach, shown in the lines for the DHCP server. */
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
    boots.set(boot.id, runnable(boot, facts.env));
    if (boots.size > MAX_BOOTS) {
      // Forged requests must not displace machines.
      const spare = [...boots.values()].find(({ proven }) => !proven) ?? [...boots.values()][0];
      boots.delete(spare?.id ?? 0);
    }
  });
  const dhcpCommand = `${ownCommand(facts.env)} dhcp`;
  let addresses = view.addresses();
  return (isStopping) => {
    // A cable may be connected later. While the daemon is stopping, its last addresses are shown.
    addresses = isStopping ? addresses : view.addresses();
    const address = answeringAddress(addresses.tftp, facts.address);
    const now = Date.now();
    const { progress, status } = view.fetch;
    const titles = progress?.titles.filter((title) => title !== TOTAL) ?? [];
    return {
      ...usableAddresses(addresses, address),
      dhcp: dhcpTexts({ ...facts, address }),
      dhcpCommand,
      network: networkTexts(view.proxyDhcp(), facts.env),
      obstacle: obstacleOf(addresses, facts.config),
      problems: problemTexts(view.findings(), facts.env),
      otherDaemon: otherDaemonText(view.stateFailure(), facts.env),
      fetch: status,
      rows: titles.flatMap((title) => progress?.row(title, now) ?? []),
      images: view.images(),
      boots: [...boots.values()].toSorted((one, other) => one.startedAt - other.startedAt),
      stopping: isStopping ? stoppingText(view.unfinished()) : undefined,
      now,
    };
  };
}

/** Returns a boot whose diagnosis names commands that this user can run. */
function runnable(boot: Boot, env: PanelFacts['env']): Boot {
  const { diagnosis } = boot;
  return diagnosis === undefined
    ? boot
    : { ...boot, diagnosis: { ...diagnosis, fix: withOwnCommand(diagnosis.fix, env) } };
}

function stoppingText(work: UnfinishedWork): string {
  const waiting = unfinishedText(work);
  return waiting === undefined
    ? 'stopping'
    : `stopping: ${waiting}; press Ctrl-C again to stop immediately`;
}

/** Rules whose findings the panel shows in other ways. */
const SHOWN_ELSEWHERE: readonly Rule[] = ['own-ports', 'no-images'];

/** Returns the problems with this host, one text per problem. */
function problemTexts(findings: readonly Finding[], env: PanelFacts['env']): readonly string[] {
  return findings
    .filter(({ rule }) => !SHOWN_ELSEWHERE.includes(rule))
    .map(({ what, fix }) => withOwnCommand(`${what}. ${fix}`, env));
}

/**
 * Returns the text about another daemon; other failures of the database appear as warnings above the panel.
 */
function otherDaemonText(
  failure: StateFailure | undefined,
  env: PanelFacts['env'],
): string | undefined {
  return failure?.reason === 'other-daemon' ? withOwnCommand(stateText(failure), env) : undefined;
}

/** Returns the information about the networks that ProxyDHCP serves, one text per line. */
function networkTexts(
  links: ReturnType<DaemonView['proxyDhcp']>,
  env: PanelFacts['env'],
): readonly string[] {
  return links.flatMap(({ interface: link, servers, ignoring }) => {
    const leasing = servers.filter(({ givesAddresses }) => givesAddresses).map(serverName);
    const proxies = servers.filter(({ givesAddresses }) => !givesAddresses).map(serverName);
    const giving =
      leasing.length === 0
        ? 'no DHCP server seen yet'
        : `${leasing.join(' and ')} ${leasing.length === 1 ? 'gives' : 'give'} the addresses`;
    return [
      `ProxyDHCP names the boot files on ${link}; ${giving}`,
      ...proxies.map((name) => `another ProxyDHCP service answers on ${link}: ${name}`),
      ...ignoring.slice(-MAX_IGNORING).map(({ advice }) => withOwnCommand(advice, env)),
    ];
  });
}

/** Returns the two lines for the DHCP server, in the syntax of ISC dhcpd, which most guides use. */
function dhcpTexts({ config, address }: PanelFacts): readonly string[] {
  const [file, ...others] = usualBootFiles(config.images.map(({ arch }) => arch));
  const note = others.length === 0 ? '' : `    # UEFI: "${others.join('", "')}"`;
  return [`next-server ${address ?? 'ADDRESS-OF-THIS-HOST'};`, `filename "${file ?? ''}";${note}`];
}
