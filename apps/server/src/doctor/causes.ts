import { type Finding, type Rule } from '../self-check/finding.js';

/** Findings about a TFTP server that does not answer. */
const SILENT_TFTP: readonly Rule[] = ['host-unreachable', 'no-tftp-server', 'tftp-blocked'];

/** Findings about transfers that stop or take too long. */
const STOPPED: readonly Rule[] = [
  'windows-lost',
  'fragments-lost',
  'tftp-stopped',
  'http-unreachable',
  'slow-http',
  'truncated-file',
];

/** Findings about files that a server refuses or does not have. */
const REFUSED: readonly Rule[] = [
  'missing-loader',
  'missing-ldlinux',
  'missing-grub',
  'missing-menu',
  'missing-file',
  'http-refused-file',
  'tftp-failed',
];

/**
 * Effects of each cause. The remedy for the cause removes them, while their own remedies would be wrong. If
 * both findings are about a host, it must be the same host.
 */
export const EFFECTS: Partial<Readonly<Record<Rule, readonly Rule[]>>> = {
  'no-images': REFUSED,
  'damaged-images': REFUSED,
  'clock-behind': ['clocks-differ'],
  // If DHCP names no TFTP server, the file is requested from the DHCP server.
  'no-next-server': SILENT_TFTP,
  'host-unreachable': ['tftp-stopped', 'http-unreachable'],
  'large-blocks-lost': ['slow-tftp', ...STOPPED],
  // Packet loss.
  'slow-tftp': STOPPED,
};

/** Findings with one cause and one remedy, however many kinds of clients they affect. */
const SHARED: readonly Rule[] = [
  'contradiction',
  'two-proxies',
  'no-boot-file',
  'no-next-server',
  'not-a-loader',
  'not-a-kernel',
  'not-everything-checked',
];

/**
 * Returns the findings without the effects of others. Each cause lists its effects as evidence, and is at least as
 * severe as they are.
 */
export function withoutEffects(findings: readonly Finding[]): readonly Finding[] {
  const effects = new Map<Finding, Finding[]>();
  for (const finding of findings) {
    const root = rootOf(finding, findings);
    if (root !== finding) {
      effects.set(root, [...(effects.get(root) ?? []), finding]);
    }
  }
  return findings.flatMap((finding) => {
    if (rootOf(finding, findings) !== finding) {
      return [];
    }
    const own = effects.get(finding) ?? [];
    const isError = [finding, ...own].some(({ severity }) => severity === 'error');
    return [
      {
        ...finding,
        severity: isError ? ('error' as const) : ('warning' as const),
        evidence: [...new Set([...finding.evidence, ...own.map(({ what }) => what)])].filter(
          (fact) => fact !== finding.what,
        ),
      },
    ];
  });
}

/**
 * Returns the root cause of a finding. If nothing explains it, that is the finding itself, or the first one with the same
 * rule if the rule is shared.
 */
function rootOf(finding: Finding, findings: readonly Finding[]): Finding {
  const first = SHARED.includes(finding.rule)
    ? findings.find(({ rule }) => rule === finding.rule)
    : undefined;
  const cause = findings.find((other) => explains(other, first ?? finding));
  return cause === undefined ? (first ?? finding) : rootOf(cause, findings);
}

function explains(cause: Finding, finding: Finding): boolean {
  const isEffect = EFFECTS[cause.rule]?.includes(finding.rule) === true;
  const hosts = new Set([cause.host, finding.host].filter((host) => host !== undefined));
  return isEffect && hosts.size < 2;
}
