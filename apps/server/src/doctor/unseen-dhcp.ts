import { type BootProbeResult } from '@pxe/dhcp-protocol';

import { type PortHolder } from '../port-holder.js';
import { type Finding } from '../self-check/finding.js';
import { type ClientKind } from './client-kind.js';

/**
 * Returns the finding about a DHCP server on this host that does not answer this host, but may answer others; none
 * if some server answered.
 *
 * @param holder - program on this host that uses port 67; undefined if there is none
 */
export function hiddenServerFindings(
  results: ReadonlyMap<ClientKind, BootProbeResult>,
  holder: PortHolder | undefined,
): readonly Finding[] {
  if (holder === undefined || [...results.values()].some(({ offers }) => offers.length > 0)) {
    return [];
  }
  const { program, pid } = holder;
  return [
    {
      rule: 'dhcp-on-this-host',
      severity: 'warning',
      what: `${program} on this host uses UDP port 67 but does not answer requests from this host itself`,
      why: 'ISC dhcpd, for example, does not see the broadcasts of its own host, so DHCP could not be checked.',
      fix: 'Run "sudo npx @pxe/server doctor" on another machine on this network.',
      evidence: [`${program} (process ${pid}) uses port 67`],
    },
  ];
}

/**
 * Returns the finding that nothing could be checked, since neither DHCP nor a boot server is available; none if
 * another finding already explains that.
 */
export function nothingCheckedFindings(
  server: string | undefined,
  others: readonly Finding[],
): readonly Finding[] {
  return server !== undefined || others.length > 0
    ? []
    : [
        {
          rule: 'nothing-checked',
          severity: 'warning',
          what: 'without DHCP, the boot server is unknown',
          why: 'Nothing could be checked.',
          fix: 'Run "sudo pxeboot doctor", or pass the boot server with --server.',
          evidence: [],
        },
      ];
}

/**
 * Returns the reason to skip a kind of client that was not requested, since few networks serve every kind; undefined if
 * it is checked.
 */
export function reasonToSkip(
  kind: ClientKind,
  results: ReadonlyMap<ClientKind, BootProbeResult>,
): string | undefined {
  if (kind === 'bios' || kind === 'uefi') {
    // A boot file for one of the two is enough; if neither has one, that is reported instead.
    const other = results.get(kind === 'bios' ? 'uefi' : 'bios');
    return filesOf(results.get(kind)).length === 0 && filesOf(other).length > 0
      ? 'no boot file'
      : undefined;
  }
  const own = filesOf(results.get(kind));
  if (own.length === 0) {
    return 'no boot file';
  }
  const firmware = [...filesOf(results.get('bios')), ...filesOf(results.get('uefi'))];
  return own.every((file) => firmware.includes(file))
    ? `the same as other firmware; "pxeboot doctor --as ${kind}" checks it`
    : undefined;
}

function filesOf(result: BootProbeResult | undefined): readonly string[] {
  const { offers = [], acknowledgement } = result ?? {};
  return [...offers, ...(acknowledgement === undefined ? [] : [acknowledgement])]
    .map(({ bootFile }) => bootFile)
    .filter((file) => file !== '');
}
