import { type MissingFileRule } from '../machines/diagnosis/wrong-file.js';

/** Stable name of a kind of finding, for programs. */
export type Rule =
  // link
  | 'no-interface'
  | 'link-down'
  | 'no-address'
  // pxeboot on this host
  | 'own-ports'
  | 'no-images'
  | 'damaged-images'
  | 'stale-images'
  | 'unconfirmed-images'
  | 'clock-behind'
  | 'disk-full'
  | 'outside-allow-list'
  // DHCP
  | 'no-dhcp'
  | 'no-lease'
  | 'two-dhcp-servers'
  | 'dhcp-on-this-host'
  | 'nothing-checked'
  | 'contradiction'
  | 'two-proxies'
  | 'silent-boot-server'
  | 'no-boot-file'
  | 'swapped-options'
  | 'padded-file-name'
  | 'url-in-option-66'
  | 'loopback-server'
  | 'other-server'
  | 'no-next-server'
  | 'two-tftp-servers'
  | 'no-http-vendor-class'
  | 'no-url-for-http-boot'
  | 'dhcpv6-unannounced'
  // boot file over TFTP
  | 'host-unreachable'
  | 'tftp-blocked'
  | 'no-tftp-server'
  | 'tftp-failed'
  | 'large-blocks-lost'
  | 'windows-lost'
  | 'fragments-lost'
  | 'slow-tftp'
  | 'missing-loader'
  | 'wrong-name'
  // HTTP
  | 'no-http-server'
  | 'http-unreachable'
  | 'slow-http'
  | 'http-redirect'
  | 'http-refused-file'
  | 'no-content-length'
  | 'lengths-differ'
  | 'truncated-file'
  | 'clocks-differ'
  // content of the boot file
  | 'not-a-loader'
  | 'bios-loader-on-uefi'
  | 'uefi-loader-on-bios'
  | 'wrong-machine-type'
  | 'unsigned-loader'
  | 'grub-without-shim'
  // menu and its files
  | 'missing-ldlinux'
  | 'missing-grub'
  | 'missing-menu'
  | 'missing-file'
  | 'tftp-stopped'
  | 'not-a-kernel'
  | 'not-everything-checked'
  // wrong boot files, known by their names
  | MissingFileRule;

/** Problem, with its cause and its remedy. */
export interface Finding {
  readonly rule: Rule;
  /** `error`: the affected machines cannot boot; `warning`: some of them may not boot, or boot slowly. */
  readonly severity: 'error' | 'warning';
  /** Description of the problem, as a clause without a full stop. */
  readonly what: string;
  /** Reason why the problem matters, as a sentence. */
  readonly why: string;
  /** Remedy in one line, as a sentence. */
  readonly fix: string;
  /** Messages and observations that show the problem. */
  readonly evidence: readonly string[];
  /** Name or address of the host that the problem is about; undefined if it is not about one. */
  readonly host?: string;
}

/**
 * Returns the findings without repetitions; the evidence of a finding that several kinds of clients share is
 * combined.
 */
export function distinctFindings(findings: readonly Finding[]): readonly Finding[] {
  const distinct = new Map<string, Finding>();
  for (const finding of findings) {
    const key = `${finding.rule}\n${finding.what}`;
    const known = distinct.get(key);
    distinct.set(
      key,
      known === undefined
        ? finding
        : { ...known, evidence: [...new Set([...known.evidence, ...finding.evidence])] },
    );
  }
  return [...distinct.values()].sort(
    (one, other) => Number(one.severity === 'warning') - Number(other.severity === 'warning'),
  );
}
