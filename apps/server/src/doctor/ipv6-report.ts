import { type Finding } from '../self-check/finding.js';
import { type Ipv6Answer, type Ipv6Answers, type Ipv6Question } from './ask-ipv6.js';
import { CLIENT_FACTS } from './client-facts.js';
import { addressText, type Router, type Routers } from './routers.js';

/** Returns the lines about the routers of a link. */
export function routerLines(known: Routers): readonly string[] {
  if (known.source === 'kernel') {
    const { addresses, reason } = known;
    return [
      addresses === undefined
        ? '= default routers are unknown: the kernel does not learn them on this interface (accept_ra)'
        : `= default routers from router advertisements: ${addresses.join(', ') || 'none'}`,
      `= cannot tell whether routers announce DHCPv6 (M and O flags): ${reason}`,
    ];
  }
  return known.routers.length === 0
    ? ['= no router answered']
    : known.routers.map((router) => `< router advertisement from ${routerText(router)}`);
}

function routerText({ address, isManaged, hasOther, lifetimeS, prefixes }: Router): string {
  return [
    `${address}: ${
      isManaged
        ? 'DHCPv6 gives addresses (M)'
        : hasOther
          ? 'DHCPv6 gives other settings only (O)'
          : 'no DHCPv6 (neither M nor O)'
    }`,
    lifetimeS === 0 ? 'not a default router' : 'default router',
    ...(prefixes.length === 0 ? ['no prefix'] : prefixes),
  ].join(', ');
}

/** Returns the lines about the answers from DHCPv6 servers. */
export function dhcpv6Lines(result: Ipv6Answers): readonly string[] {
  if ('skipped' in result) {
    return [`= DHCPv6 is not checked: ${result.skipped}`];
  }
  const { questions, answers } = result;
  return [
    ...questions.map((question) => `> ${questionText(question)}`),
    ...(answers.length === 0
      ? ['= no DHCPv6 server answered']
      : answers.map((answer) => `< ${answerText(answer)}`)),
  ];
}

function questionText({ kind, isStateless }: Ipv6Question): string {
  const { title, client } = CLIENT_FACTS[kind];
  const { vendorClass, architecture } = client;
  return `${isStateless ? 'INFORMATION-REQUEST' : 'SOLICIT'} as ${title} (${vendorClass}, architecture ${architecture})`;
}

function answerText({ kind, isStateless, from, offer }: Ipv6Answer): string {
  const { address, bootFileUrl } = offer;
  return [
    `${CLIENT_FACTS[kind].title}: ${isStateless ? 'REPLY' : 'ADVERTISE'} from ${from}`,
    address === undefined ? 'no address' : `address ${addressText(address)}`,
    bootFileUrl === undefined ? 'no boot file' : `boot file ${JSON.stringify(bootFileUrl)}`,
  ].join(', ');
}

/**
 * Returns the finding that iPXE and the installer do not use DHCPv6, although it names boot files; none if it is unknown
 * what routers announce.
 */
export function ipv6Findings(known: Routers, result: Ipv6Answers): readonly Finding[] {
  if (known.source === 'kernel' || 'skipped' in result) {
    return [];
  }
  // Boot clients ignore a server that does not give them an address, unless another server does.
  const naming = result.answers.filter(
    ({ offer, isStateless }) =>
      offer.bootFileUrl !== undefined && (isStateless || offer.address !== undefined),
  );
  const [first] = naming;
  const { routers } = known;
  if (first === undefined || routers.some(({ isManaged, hasOther }) => isManaged || hasOther)) {
    return [];
  }
  const isSilent = routers.length === 0;
  return [
    {
      rule: 'dhcpv6-unannounced',
      severity: 'warning',
      what: `${first.from} names boot files over DHCPv6, but ${isSilent ? 'no router announces DHCPv6' : `${routers.map(({ address }) => address).join(', ')} ${routers.length === 1 ? 'does' : 'do'} not announce DHCPv6 (M and O flags)`}`,
      why: "UEFI firmware uses DHCPv6 in any case, but iPXE and Debian's installer use it only if a router announces it.",
      fix: isSilent
        ? 'Send router advertisements with the M flag: "enable-ra" in dnsmasq, or radvd with "AdvManagedFlag on;".'
        : 'Set the M flag on the router ("AdvManagedFlag on;" in radvd; a dhcp-range without ra-only or slaac in dnsmasq).',
      evidence: naming.map(answerText),
    },
  ];
}
