import { isIP } from 'node:net';

import { type BootOffer, type BootProbeResult, textOption } from '@pxe/dhcp-protocol';

import { type Finding, type Rule } from '../self-check/finding.js';
import { CLIENT_FACTS } from './client-facts.js';
import { type ClientKind } from './client-kind.js';

/** Boot file that a client loads. */
export type BootTarget =
  | {
      readonly transport: 'tftp';
      /** IPv4 address of the TFTP server. */
      readonly server: string;
      readonly file: string;
      /** Settings of PXELINUX (options 209 and 210). */
      readonly configFile: string | undefined;
      readonly pathPrefix: string | undefined;
    }
  | { readonly transport: 'http'; readonly url: string };

/** Meaning of the offers for one kind of client. */
export interface OffersReading {
  /** Boot file that the client loads; undefined if there is none, or the findings rule it out. */
  readonly target: BootTarget | undefined;
  readonly findings: readonly Finding[];
  /** Received messages, one line each. */
  readonly received: readonly string[];
}

const SEE_SNIPPETS = '"pxeboot dhcp" prints the configuration for your DHCP server';

/**
 * Interprets the offers to one kind of client as that client would.
 *
 * @param expected - address of the boot server that should be named; undefined if any may be
 */
export function readOffers(
  kind: ClientKind,
  { offers, referral, acknowledgement }: BootProbeResult,
  expected: string | undefined,
): OffersReading {
  const received = [
    ...offers.map((offer) => `OFFER ${offerText(offer)}`),
    ...(acknowledgement === undefined ? [] : [`ACK (port 4011) ${offerText(acknowledgement)}`]),
  ];
  const usable = offers.filter((offer) => isForKind(kind, offer));
  const naming = usable.filter(namesBoot);
  const acknowledged =
    acknowledgement !== undefined && namesBoot(acknowledgement) ? acknowledgement : undefined;
  const chosen = acknowledged ?? naming.find((offer) => offer.kind === 'proxy') ?? naming[0];
  // A boot server may name a different file in its answer than in its own offer.
  const named =
    acknowledged === undefined
      ? naming
      : [
          ...naming.filter((offer) => answeringServer(offer) !== answeringServer(acknowledged)),
          acknowledged,
        ];
  const findings = [
    ...addressFindings(offers),
    ...contradictions(kind, named),
    ...(chosen === undefined
      ? withoutFile(kind, usable, referral !== undefined && acknowledgement === undefined)
      : fileFindings(kind, chosen, expected)),
  ].map((finding) => ({ ...finding, evidence: [...finding.evidence, ...received] }));
  const isRuledOut = findings.some(({ severity }) => severity === 'error');
  return {
    target: chosen === undefined || isRuledOut ? undefined : targetOf(chosen),
    findings,
    received,
  };
}

/**
 * Returns true if the client takes an offer into account. HTTP Boot ignores offers that are not marked for
 * it.
 */
function isForKind(kind: ClientKind, { vendorClass, kind: of }: BootOffer): boolean {
  return kind !== 'http' || of === 'lease' || vendorClass?.startsWith('HTTPClient') === true;
}

function namesBoot({ bootFile }: BootOffer): boolean {
  return bootFile !== '';
}

/** Returns the address that a server gives as its own, otherwise the sender's. */
function answeringServer({ server, sender }: BootOffer): string {
  return server ?? sender;
}

function offerText(offer: BootOffer): string {
  const { sender, kind, vendorClass, bootFile, nextServer, tftpServerName, message } = offer;
  return [
    `from ${sender}:`,
    kind === 'lease' ? `address ${message.yourAddress}` : 'no address (ProxyDHCP)',
    bootFile === '' ? 'no boot file' : `boot file ${JSON.stringify(bootFile)}`,
    ...(nextServer === undefined ? [] : [`next-server ${nextServer}`]),
    ...(tftpServerName === undefined ? [] : [`option 66 ${JSON.stringify(tftpServerName)}`]),
    ...(vendorClass === undefined ? [] : [`vendor class ${vendorClass}`]),
  ]
    .join(', ')
    .replace(':,', ':');
}

/** Returns the findings about the servers that give addresses. */
function addressFindings(offers: readonly BootOffer[]): readonly Finding[] {
  if (offers.length === 0) {
    return [
      {
        rule: 'no-dhcp',
        severity: 'error',
        what: 'no DHCP server answered',
        why: 'Firmware needs an address and a boot file, and gives up with "PXE-E51" or "No DHCP offers were received".',
        fix: 'Check that a DHCP server serves this network, and that its switch ports and firewalls pass UDP ports 67 and 68.',
        evidence: ['sent DISCOVER by broadcast several times within 5 seconds'],
      },
    ];
  }
  const leases = offers.filter(({ kind }) => kind === 'lease');
  if (leases.length === 0) {
    return [
      {
        rule: 'no-lease',
        severity: 'error',
        what: 'no server gives addresses: only ProxyDHCP answered',
        why: 'ProxyDHCP only names a boot file; machines get their address from a DHCP server.',
        fix: 'Start the DHCP server of this network, or check that it has addresses left.',
        evidence: [],
      },
    ];
  }
  const servers = [...new Set(leases.map(answeringServer))];
  return servers.length > 1 && leases.every(({ bootFile }) => bootFile === leases[0]?.bootFile)
    ? [
        {
          rule: 'two-dhcp-servers',
          severity: 'warning',
          what: `${servers.length} DHCP servers give addresses: ${servers.join(', ')}`,
          why: 'Machines use the first answer, so their addresses differ from boot to boot.',
          fix: 'Stop all but one, unless they are a failover pair.',
          evidence: [],
        },
      ]
    : [];
}

function contradictions(kind: ClientKind, naming: readonly BootOffer[]): readonly Finding[] {
  const named = new Map<string, BootOffer>();
  for (const offer of naming) {
    const target = targetOf(offer);
    named.set(
      target.transport === 'http' ? target.url : `${target.file} on ${target.server}`,
      offer,
    );
  }
  if (named.size < 2) {
    return [];
  }
  const list = [...named].map(
    ([boot, { sender, kind: of }]) =>
      `${sender}${of === 'proxy' ? ' (ProxyDHCP)' : ''} names ${boot}`,
  );
  const areProxies = naming.every((offer) => offer.kind === 'proxy');
  return [
    {
      rule: areProxies ? 'two-proxies' : 'contradiction',
      severity: 'error',
      what: `${CLIENT_FACTS[kind].title}: the answers contradict each other: ${list.join('; ')}`,
      why: 'Which answer is used depends on the firmware, so machines boot one file or the other.',
      fix: areProxies
        ? 'Stop all ProxyDHCP services but one.'
        : 'Remove the boot file from all servers but one; with ProxyDHCP, from the DHCP server.',
      evidence: [],
    },
  ];
}

/** Returns the findings about offers without a boot file. */
function withoutFile(
  kind: ClientKind,
  offers: readonly BootOffer[],
  isBootServerSilent: boolean,
): readonly Finding[] {
  const { title } = CLIENT_FACTS[kind];
  if (isBootServerSilent) {
    const boot = offers.find(({ vendorClass }) => vendorClass?.startsWith('PXEClient') === true);
    return [
      {
        rule: 'silent-boot-server',
        severity: 'error',
        what: `${boot?.sender ?? 'a server'} announces a PXE boot server, but nothing answers on its port 4011`,
        why: 'Firmware requests its boot file there, and gives up with "PXE-E55".',
        fix: 'Start the boot server, allow UDP port 4011 through firewalls, or remove option 60 "PXEClient" from the DHCP server.',
        evidence: [],
      },
    ];
  }
  const misplaced = offers.find(({ tftpServerName }) => isFileName(tftpServerName ?? ''));
  if (misplaced !== undefined) {
    return [swapped(misplaced)];
  }
  if (offers.length === 0 || !offers.some(({ kind: of }) => of === 'lease')) {
    // A missing answer or address is reported separately.
    return [];
  }
  return [
    {
      rule: 'no-boot-file',
      severity: 'error',
      what: `no server names a boot file for ${title}`,
      why: 'Firmware gives up with "PXE-E53: No boot filename received".',
      fix: `Name one in DHCP (${SEE_SNIPPETS}), or set proxyDhcp.enabled in pxeboot.`,
      evidence: [],
    },
  ];
}

/** Returns the findings about the chosen answer. */
function fileFindings(
  kind: ClientKind,
  offer: BootOffer,
  expected: string | undefined,
): readonly Finding[] {
  const { bootFile, nextServer, tftpServerName, sender } = offer;
  const error = (rule: Rule, what: string, why: string, fix: string): readonly Finding[] => [
    { rule, severity: 'error', what, why, fix, evidence: [] },
  ];
  if (/^["'].*|["';]$/.test(bootFile.trim()) || /^["']/.test(tftpServerName ?? '')) {
    const quoted = /["';]/.test(bootFile) ? bootFile : (tftpServerName ?? '');
    return error(
      'quoted-file-name',
      `${sender} sends a value with quotes or a semicolon (${quoted})`,
      'The quotes become part of the value, so firmware requests a file or server with that name.',
      'Remove them: your DHCP server sends the value unchanged.',
    );
  }
  // Some DHCP servers, and their web forms, keep whatever follows the name.
  if (bootFile !== bootFile.trim() || /[^\x20-\x7e]/.test(bootFile)) {
    return error(
      'padded-file-name',
      `${sender} sends a boot file with spaces or invisible characters (${JSON.stringify(bootFile)})`,
      'They are part of the name, so firmware requests a file that does not exist.',
      `Set the boot file to ${JSON.stringify(bootFile.replace(/[^\x21-\x7e]/g, ''))}.`,
    );
  }
  if (isIP(bootFile) !== 0 || (tftpServerName !== undefined && isFileName(tftpServerName))) {
    return [swapped(offer)];
  }
  const isUrl = bootFile.includes('://');
  if (kind === 'http') {
    return httpFindings(offer, isUrl);
  }
  if (isUrl && kind !== 'ipxe') {
    return error(
      'url-as-file-name',
      `${sender} names a URL as the boot file (${bootFile})`,
      "Firmware requests a file with that name over TFTP, and Debian's installer treats the URL as that of a preseed file.",
      'Set only the file name, such as "lpxelinux.0", and put the address in next-server; a URL is for HTTP Boot (vendor class HTTPClient) and iPXE.',
    );
  }
  if (kind === 'ipxe' && offer.kind === 'proxy' && nextServer === undefined) {
    // `dhcp_has_pxeopts` in iPXE's net/udp/dhcp.c.
    return error(
      'no-next-server',
      `${sender} names ${bootFile} for iPXE, but no TFTP server (next-server)`,
      'iPXE ignores ProxyDHCP answers without one, even if the file is a URL, and stops with "Nothing to boot".',
      `Set next-server to the address of the boot server; ${SEE_SNIPPETS}.`,
    );
  }
  if (isUrl) {
    return [];
  }
  if (/^[a-z]+:\/\//i.test(tftpServerName ?? '')) {
    return error(
      'url-in-option-66',
      `${sender} sends a URL in option 66 (${tftpServerName ?? ''})`,
      'Option 66 is the name or the address of the TFTP server.',
      'Set option 66 and next-server to just the address.',
    );
  }
  const server = serverOf(offer);
  if (server.startsWith('127.')) {
    return error(
      'loopback-server',
      `${sender} names ${server} as the TFTP server`,
      'That is the machine itself.',
      "Set next-server to the boot server's address in this network.",
    );
  }
  if (expected !== undefined && server !== expected) {
    return error(
      'other-server',
      `${sender} sends machines to ${server}, not to ${expected}`,
      'They request their boot file from that server.',
      `Set next-server to ${expected}; ${SEE_SNIPPETS}.`,
    );
  }
  const findings: Finding[] = [];
  const named = tftpServerName ?? '';
  if (nextServer === undefined && named === '' && server !== expected) {
    findings.push({
      rule: 'no-next-server',
      severity: 'warning',
      what: `${sender} names the boot file ${bootFile}, but no TFTP server`,
      why: 'Some firmware requests the file from the DHCP server instead, and some gives up.',
      fix: `Set next-server to the address of the boot server; ${SEE_SNIPPETS}.`,
      evidence: [],
    });
  } else if (nextServer !== undefined && isIP(named) === 4 && named !== nextServer) {
    findings.push({
      rule: 'two-tftp-servers',
      severity: 'warning',
      what: `${sender} names two TFTP servers: next-server ${nextServer}, option 66 ${named}`,
      why: 'Which one is used depends on the firmware.',
      fix: 'Set both to the same address.',
      evidence: [],
    });
  }
  return findings;
}

function httpFindings(
  { sender, bootFile, vendorClass }: BootOffer,
  isUrl: boolean,
): readonly Finding[] {
  const isMarked = vendorClass?.startsWith('HTTPClient') === true;
  if (isUrl && isMarked) {
    return [];
  }
  return [
    {
      rule: isUrl ? 'no-http-vendor-class' : 'no-url-for-http-boot',
      severity: 'error',
      what: isUrl
        ? `${sender} names a URL for HTTP Boot without the vendor class HTTPClient`
        : `${sender} names ${bootFile} for HTTP Boot, but that is not a URL`,
      why: 'Firmware ignores the answer.',
      fix: `Send HTTPClient clients option 60 "HTTPClient" and a URL; ${SEE_SNIPPETS}.`,
      evidence: [],
    },
  ];
}

function swapped({ sender, bootFile, tftpServerName = '' }: BootOffer): Finding {
  return {
    rule: 'swapped-options',
    severity: 'error',
    what: `${sender} sends ${tftpServerName === '' ? 'nothing' : tftpServerName} as the TFTP server (option 66), and ${bootFile === '' ? 'nothing' : bootFile} as the boot file (option 67)`,
    why: 'Option 66 is the server, option 67 the file.',
    fix: 'Put the address in next-server and option 66, and the file name in option 67.',
    evidence: [],
  };
}

/** Returns true if the value of option 66 is obviously a boot file. */
function isFileName(text: string): boolean {
  return /(?:\.(?:0|efi|kpxe|pxe|kkpxe|ipxe)|\/)$/i.test(text) && !text.includes('://');
}

function targetOf(offer: BootOffer): BootTarget {
  const { bootFile, message } = offer;
  if (/^https?:\/\//i.test(bootFile)) {
    return { transport: 'http', url: bootFile };
  }
  return {
    transport: 'tftp',
    server: serverOf(offer),
    file: bootFile,
    configFile: textOption(message.options, CONFIG_FILE),
    pathPrefix: textOption(message.options, PATH_PREFIX),
  };
}

/** PXELINUX options 209 and 210 (RFC 5071). */
const CONFIG_FILE = 209;
const PATH_PREFIX = 210;

/**
 * Returns the TFTP server of an offer, as most firmware determines it: next-server, otherwise option 66,
 * otherwise the sender.
 */
function serverOf({ nextServer, tftpServerName, server, sender }: BootOffer): string {
  const named = isIP(tftpServerName ?? '') === 4 ? tftpServerName : undefined;
  return nextServer ?? named ?? server ?? sender;
}
