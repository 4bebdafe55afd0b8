import { statfs } from 'node:fs/promises';

import ms from 'ms';
import * as z from 'zod';

import { createAllowList } from '../access/allow-list.js';
import { type ServerConfig } from '../config/schema.js';
import { askApi } from '../control/control-client.js';
import { type Finding } from './finding.js';
import { type Link } from './link.js';

/** State of the daemon on this host. */
export interface OwnServer {
  /** Address of TFTP, as `address:port`; undefined if it listens nowhere. */
  readonly tftp: string | undefined;
  readonly http: string | undefined;
  readonly lines: readonly string[];
  readonly findings: readonly Finding[];
}

const serverAnswer = z.object({
  version: z.string(),
  tftp: z.array(z.string()),
  http: z.array(z.string()),
  obstacle: z.string().optional(),
});

const imagesAnswer = z.object({
  ready: z.boolean(),
  images: z.array(
    z.object({
      suite: z.string(),
      arch: z.string(),
      variant: z.string(),
      title: z.string(),
      modules: z.string(),
      damaged: z.boolean(),
      releaseDate: z.string().optional(),
      ageSeconds: z.number(),
    }),
  ),
});

type Images = z.output<typeof imagesAnswer>;

/** Time without a confirmation by the archive after which images count as old, in seconds. */
const OLD_AFTER_S = 14 * 24 * 60 * 60;
/** Free space that a refresh of the images may need, in bytes. */
const NEEDED_BYTES = 1024 ** 3;

/**
 * Asks the daemon that uses the data directory, and checks what machines need from this host: ports, images,
 * the allow-list, the disk and the clock.
 *
 * @param link - interface whose network is to be served; undefined if there is none
 * @returns undefined if no daemon can be asked
 */
export async function checkOwnServer(
  config: Pick<ServerConfig, 'dataDir' | 'access'>,
  link: Link | undefined,
): Promise<OwnServer | undefined> {
  let server: z.output<typeof serverAnswer>;
  let images: Images;
  try {
    server = serverAnswer.parse((await askApi(config.dataDir, 'GET', '/server')).body);
    images = imagesAnswer.parse((await askApi(config.dataDir, 'GET', '/images')).body);
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      // ENOENT, ECONNREFUSED: no daemon here; EACCES: that of another user.
      return undefined;
    }
    throw error;
  }
  const free = await freeBytes(config.dataDir);
  const { tftp, http, obstacle, version } = server;
  return {
    tftp: tftp[0],
    http: http[0],
    lines: [
      `pxeboot ${version} serves TFTP on ${tftp.join(', ')} and HTTP on ${http.join(', ')}`,
      `images: ${images.images.map(({ title, arch, variant }) => `${title} ${arch} ${variant}`).join(', ') || 'none'}`,
      `free on the disk of ${config.dataDir}: ${Math.round(free / 1024 ** 2)} MiB`,
    ],
    findings: [
      ...(obstacle === undefined ? [] : [ownPorts(obstacle)]),
      ...imageFindings(images),
      ...clockFindings(images, new Date()),
      ...(free < NEEDED_BYTES ? [diskFull(config.dataDir, free)] : []),
      ...(link === undefined ? [] : allowFindings(config.access.allow, link)),
    ],
  };
}

async function freeBytes(directory: string): Promise<number> {
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
export function imageFindings({ ready, images }: Images): readonly Finding[] {
  if (images.length === 0) {
    return [
      {
        rule: 'no-images',
        severity: 'error',
        what: 'pxeboot has no images yet',
        why: 'There is no boot loader and no installer to serve.',
        fix: 'Run "pxeboot sync", which says what is missing.',
        evidence: [],
      },
    ];
  }
  const nameOf = ({ suite, arch, variant }: Images['images'][number]): string =>
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
  const [first] = old;
  if (first !== undefined) {
    findings.push({
      rule: 'unconfirmed-images',
      severity: 'warning',
      what: `these images were last confirmed by the archive ${ms(first.ageSeconds * 1000, { long: true })} ago: ${old.map(nameOf).join(', ')}`,
      why: 'They may be outdated, and lack security fixes.',
      fix: 'Run "pxeboot sync", which says why they cannot be refreshed.',
      evidence: [],
    });
  }
  return findings;
}

/** Returns a finding if the clock is behind the release dates of the images. */
export function clockFindings({ images }: Images, now: Date): readonly Finding[] {
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
          fix: 'Set the clock, with systemd-timesyncd or chrony for example.',
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
export function allowFindings(
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
