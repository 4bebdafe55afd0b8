import * as z from 'zod';

import { type ServerConfig } from '../config/schema.js';
import { askApi } from '../control/control-client.js';
import { type Finding } from '../self-check/finding.js';
import { type Link } from '../self-check/link.js';
import { freeBytesOf, localFindings } from '../self-check/local-findings.js';

/** State of the daemon on this host. */
export interface OwnServer {
  /** TFTP address, as `address:port`; undefined if TFTP is not being served. */
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

/**
 * Asks the daemon that uses the data directory, and checks what machines need from this host: ports, images,
 * the allow-list, the disk and the clock.
 *
 * @param link - interface whose network is to be served; undefined if there is none
 * @returns undefined if no daemon can be reached
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
      // ENOENT, ECONNREFUSED: there is no daemon here; EACCES: the daemon runs as another user.
      return undefined;
    }
    throw error;
  }
  const free = await freeBytesOf(config.dataDir);
  const { tftp, http, obstacle, version } = server;
  return {
    tftp: tftp[0],
    http: http[0],
    lines: [
      `pxeboot ${version} serves TFTP on ${tftp.join(', ')} and HTTP on ${http.join(', ')}`,
      `images: ${images.images.map(({ title, arch, variant }) => `${title} ${arch} ${variant}`).join(', ') || 'none'}`,
      `free on the disk of ${config.dataDir}: ${Math.round(free / 1024 ** 2)} MiB`,
    ],
    findings: localFindings({
      obstacle,
      images,
      dataDir: config.dataDir,
      freeBytes: free,
      allow: config.access.allow,
      link,
      now: new Date(),
    }),
  };
}
