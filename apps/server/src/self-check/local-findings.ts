import { statfs } from 'node:fs/promises';

import ms from 'ms';

import { createAllowList } from '../access/allow-list.js';
import { type Finding } from './finding.js';
import { type Link } from './link.js';

/** Facts about a daemon and its host that decide whether machines can boot from it. */
export interface LocalFacts {
  /** Reason why firmware cannot use the addresses of the daemon, and the remedy; undefined if it can. */
  readonly obstacle: string | undefined;
  readonly images: LocalImages;
  readonly dataDir: string;
  /** Free space on the disk of `dataDir`, in bytes. */
  readonly freeBytes: number;
  /** The `access.allow` setting. */
  readonly allow: readonly string[] | undefined;
  /** Interface whose network is served; undefined if there is none. */
  readonly link: Link | undefined;
  readonly now: Date;
}

/** State of the images. */
export interface LocalImages {
  /** False if there are none, or files are damaged. */
  readonly ready: boolean;
  readonly images: readonly {
    readonly suite: string;
    readonly arch: string;
    readonly variant: string;
    /** `stale` if the archive no longer has the modules for the kernel. */
    readonly modules: string;
    readonly damaged: boolean;
    /** Date of the release in ISO 8601. */
    readonly releaseDate?: string | undefined;
    /** Time since the last confirmation by the archive, in seconds. */
    readonly ageSeconds: number;
  }[];
}

/** Time without a confirmation by the archive after which images are considered old, in seconds. */
const OLD_AFTER_S = 14 * 24 * 60 * 60;
/** Free space that a refresh of the images may need, in bytes. */
const NEEDED_BYTES = 1024 ** 3;

/** Checks what machines need from this host: ports, images, the allow-list, disk space and the clock. */
export function localFindings(facts: LocalFacts): readonly Finding[] {
  const { obstacle, images, dataDir, freeBytes: free, allow, link, now } = facts;
  return [
    ...(obstacle === undefined ? [] : [ownPorts(obstacle)]),
    ...imageFindings(images),
    ...clockFindings(images, now),
    ...(free < NEEDED_BYTES ? [diskFull(dataDir, free)] : []),
    ...(link === undefined ? [] : allowFindings(allow, link)),
  ];
}

/** Returns the free space on the disk of a directory, in bytes. */
export async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

function ownPorts(obstacle: string): Finding {
  const [what = '', fix = obstacle] = obstacle.replace(/\.$/, '').split(/: (?=run|connect)/);
  return {
    rule: 'own-ports',
    severity: 'error',
    what: `${what.charAt(0).toLowerCase()}${what.slice(1)}`,
    why: 'Machines get no answer.',
    fix: `${fix.charAt(0).toUpperCase()}${fix.slice(1)}.`,
    evidence: [],
  };
}

/** Returns the problems with the images. */
function imageFindings({ ready, images }: LocalImages): readonly Finding[] {
  if (images.length === 0) {
    return [
      {
        rule: 'no-images',
        severity: 'error',
        what: 'pxeboot has no images yet',
        why: 'There is no boot loader and no installer to serve.',
        fix: 'Run "pxeboot sync", which shows what is missing.',
        evidence: [],
      },
    ];
  }
  const nameOf = ({ suite, arch, variant }: LocalImages['images'][number]): string =>
    `${suite} ${arch} ${variant}`;
  const damaged = images.filter((image) => image.damaged).map(nameOf);
  const stale = images.filter(({ modules }) => modules === 'stale').map(nameOf);
  const old = images.filter(({ ageSeconds }) => ageSeconds > OLD_AFTER_S);
  const findings: Finding[] = [];
  if (damaged.length > 0 || !ready) {
    findings.push({
      rule: 'damaged-images',
      severity: 'error',
      what: `images are damaged: ${damaged.join(', ') || 'a boot loader'}`,
      why: 'Their files are refused.',
      fix: 'Run "pxeboot sync" to download them again, and check the disk.',
      evidence: [],
    });
  }
  if (stale.length > 0) {
    findings.push({
      rule: 'stale-images',
      severity: 'error',
      what: `the archive no longer has the modules for the kernel of ${stale.join(', ')}`,
      why: 'The installer stops with "No kernel modules were found".',
      fix: 'Run "pxeboot sync" for the current installer.',
      evidence: [],
    });
  }
  if (old.length > 0) {
    findings.push({
      rule: 'unconfirmed-images',
      severity: 'warning',
      what: `the archive has not confirmed ${old.map((image) => `${nameOf(image)} for ${ms(image.ageSeconds * 1000, { long: true })}`).join(', ')}`,
      why: 'They may be outdated and lack security fixes.',
      fix: 'Run "pxeboot sync", which shows why they cannot be refreshed.',
      evidence: [],
    });
  }
  return findings;
}

/** Returns a finding if the clock is behind the release dates of the images. */
function clockFindings({ images }: LocalImages, now: Date): readonly Finding[] {
  const newest = images
    .flatMap(({ releaseDate = '' }) => releaseDate)
    .sort()
    .at(-1);
  return newest !== undefined && Date.parse(newest) > now.getTime()
    ? [
        {
          rule: 'clock-behind',
          severity: 'error',
          what: `the clock of this host (${now.toISOString()}) is behind the release of its images (${newest})`,
          why: 'Signatures and certificates are checked against it, so refreshes fail.',
          fix: 'Set the clock, for example with systemd-timesyncd or chrony.',
          evidence: [],
        },
      ]
    : [];
}

function diskFull(directory: string, free: number): Finding {
  return {
    rule: 'disk-full',
    severity: 'warning',
    what: `the disk of ${directory} has ${Math.round(free / 1024 ** 2)} MiB left`,
    why: 'A refresh downloads new images before it removes old ones.',
    fix: 'Free some space, or run "pxeboot images prune".',
    evidence: [],
  };
}

/** Returns a finding if the allow-list excludes the network of an interface. */
function allowFindings(
  allow: readonly string[] | undefined,
  { name, address, cidr }: Pick<Link, 'name' | 'address' | 'cidr'>,
): readonly Finding[] {
  return createAllowList(allow).allows(address)
    ? []
    : [
        {
          rule: 'outside-allow-list',
          severity: 'error',
          what: `the network of ${name} (${cidr}) is outside access.allow`,
          why: 'Machines there get no answer.',
          fix: 'Add its subnet to access.allow.',
          evidence: [`access.allow: ${allow?.join(', ') ?? 'unset'}`],
        },
      ];
}
