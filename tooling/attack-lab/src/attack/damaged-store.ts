import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { LabError } from '@pxe/lab-host';

import { downloadByHttp, downloadByTftp } from '../client/downloads.js';
import { bootOnce } from '../client/legitimate-boot.js';
import { type Daemon, PORTS } from '../daemon/daemon.js';
import { atLeast, atMost, type Measurement, noteOf } from '../figure/figure.js';
import {
  copyStore,
  imagePath,
  type LabStore,
  sha256OfFile,
  syncStore,
} from '../store/lab-store.js';
import { type Attack, type AttackSite } from './attack.js';

const DAMAGES = {
  async 'one flipped bit'(path: string) {
    const file = await open(path, 'r+');
    try {
      const at = Math.floor((await file.stat()).size / 2);
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, at);
      await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
    } finally {
      await file.close();
    }
  },
  async truncated(path: string) {
    await truncate(path, Math.floor((await stat(path)).size / 2));
  },
  async deleted(path: string) {
    await rm(path);
  },
} as const;
const MOMENTS = ['before the start', 'while it serves'] as const;
const CASES = Object.keys(DAMAGES).length * MOMENTS.length;

/**
 * Damage to the store's records of its content. Each kind is applied to a store that also has an
 * older generation.
 */
const INDEX_DAMAGES: readonly {
  readonly name: string;
  readonly damage: (store: string) => Promise<void>;
}[] = [
  { name: 'empty current', damage: (store) => writeFile(join(store, 'current'), '') },
  {
    name: 'garbage in current',
    damage: (store) => writeFile(join(store, 'current'), '\0\xff../x'),
  },
  {
    name: 'truncated manifest',
    async damage(store) {
      const path = await currentManifest(store);
      await truncate(path, Math.floor((await stat(path)).size / 2));
    },
  },
  {
    name: 'changed hash in the manifest',
    async damage(store) {
      const path = await currentManifest(store);
      const text = await readFile(path, 'utf8');
      const changed = text.replace(/[0-9a-f]{64}/, (hash) => hash.replace(/.$/, flippedDigit));
      await writeFile(path, changed);
    },
  },
  { name: 'missing manifest', damage: async (store) => rm(await currentManifest(store)) },
];

const figures = {
  wrong: atMost('damaged blobs: wrong bytes served as if intact', 0, 'count'),
  told: atLeast(`damaged blobs: repaired, or reported by readiness, of ${CASES}`, CASES, 'count'),
  index: atLeast(
    `damaged current or manifest: older generation boots, of ${INDEX_DAMAGES.length}`,
    INDEX_DAMAGES.length,
    'count',
  ),
};

const PATIENCE_MS = { short: 20_000, full: 60_000 } as const;

/** Damages the store: flips, truncates and deletes files, and damages the records that name them. */
export const damagedStore: Attack = {
  name: 'damaged-store',
  summary: 'flipped, truncated and deleted blobs; damaged current and manifest',
  async run(site) {
    return [...(await damagedBlobs(site)), await damagedIndexes(site)];
  },
};

/** SHA-256 hashes of the files that are damaged and requested, one over each protocol. */
interface Files {
  readonly http: string;
  readonly tftp: string;
}

async function damagedBlobs(site: AttackSite): Promise<Measurement[]> {
  const right = await rightHashes(site);
  let wrong = 0;
  const wrongIn: string[] = [];
  const neither: string[] = [];
  for (const moment of MOMENTS) {
    for (const [name, damage] of Object.entries(DAMAGES)) {
      const store = await copyStore(site.store, join(site.directory, 'damaged'));
      const damageBoth = async (): Promise<void> => {
        for (const hash of [right.http, right.tftp]) {
          await damage(blobPath(store, hash));
        }
      };
      if (moment === 'before the start') {
        await damageBoth();
      }
      await using daemon = await site.start({ store });
      if (moment === 'while it serves') {
        await damageBoth();
      }
      const result = await outcomeOf(site, daemon, right);
      wrong += result.wrong;
      const title = `${name} ${moment}`;
      site.tell(`${title}: ${result.wrong} wrong, ${result.end}`);
      if (result.wrong > 0) {
        wrongIn.push(title);
      }
      if (result.end === 'neither reported nor repaired') {
        neither.push(title);
      }
      await daemon[Symbol.asyncDispose]();
      await rm(store.directory, { recursive: true });
    }
  }
  return [
    { figure: figures.wrong, value: wrong, note: noteOf(wrongIn) },
    { figure: figures.told, value: CASES - neither.length, note: noteOf(neither) },
  ];
}

interface DamageOutcome {
  /** Number of responses that claimed to be complete and correct, but were not. */
  readonly wrong: number;
  readonly end: 'repaired' | 'reported by readiness' | 'neither reported nor repaired';
}

async function outcomeOf(site: AttackSite, daemon: Daemon, right: Files): Promise<DamageOutcome> {
  const deadline = Date.now() + PATIENCE_MS[site.profile];
  let wrong = 0;
  let isTold = false;
  for (;;) {
    const http = await fetchByHttp(site);
    const tftp = await fetchByTftp(site);
    wrong += Number(http !== undefined && http !== right.http);
    wrong += Number(tftp !== undefined && tftp !== right.tftp);
    if (http === right.http && tftp === right.tftp) {
      return { wrong, end: 'repaired' };
    }
    isTold ||= (await readinessStatus(site)) !== 200;
    if (isTold && Date.now() > deadline - PATIENCE_MS[site.profile] / 2) {
      return { wrong, end: 'reported by readiness' };
    }
    if (Date.now() > deadline || daemon.ended() !== undefined) {
      break;
    }
    await delay(1_000);
  }
  return { wrong, end: isTold ? 'reported by readiness' : 'neither reported nor repaired' };
}

/** Returns the hashes of the files, from a daemon with an intact store. */
async function rightHashes(site: AttackSite): Promise<Files> {
  await using _daemon = await site.start();
  const http = await fetchByHttp(site);
  const tftp = await fetchByTftp(site);
  if (http === undefined || tftp === undefined) {
    throw new LabError('ERR_LAB_PROGRAM', 'a daemon with a whole store serves nothing');
  }
  return { http, tftp };
}

/** Returns the SHA-256 of the initrd, if it arrived with status 200 and its full length. */
function fetchByHttp({ network }: AttackSite): Promise<string | undefined> {
  const path = imagePath('trixie', 'text', 'initrd.gz');
  return fetched((file) => downloadByHttp(network, path, file));
}

/** Returns the SHA-256 of the loader, if its transfer completed. */
function fetchByTftp({ network }: AttackSite): Promise<string | undefined> {
  return fetched((file) => downloadByTftp(network, 'lpxelinux.0', file));
}

async function fetched(
  download: (file: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'attack-lab-fetch-'));
  try {
    const file = join(directory, 'file');
    return (await download(file)) === undefined ? await sha256OfFile(file) : undefined;
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function readinessStatus({ network }: AttackSite): Promise<number> {
  const { stdout } = await network.server.run('curl', [
    ...['--silent', '--output', '/dev/null', '--max-time', '5', '--write-out', '%{http_code}'],
    `http://127.0.0.1:${PORTS.admin}/readyz`,
  ]);
  return Number(stdout);
}

async function damagedIndexes(site: AttackSite): Promise<Measurement> {
  const failed: string[] = [];
  const twoGenerations = await copyStore(site.store, join(site.directory, 'two-generations'));
  // With fewer images, sync makes another generation, whose blobs are all in the store already.
  const newer = { ...twoGenerations, images: ['trixie:amd64:text'] };
  await syncStore(site.network, site.main, newer);
  for (const { name, damage } of INDEX_DAMAGES) {
    const store = await copyStore(newer, join(site.directory, 'damaged'));
    await damage(store.directory);
    const failure = await bootFrom(site, store);
    site.tell(`${name}: ${failure ?? 'boots'}`);
    if (failure !== undefined) {
      failed.push(name);
    }
    await rm(store.directory, { recursive: true });
  }
  return {
    figure: figures.index,
    value: INDEX_DAMAGES.length - failed.length,
    note: noteOf(failed),
  };
}

/** Starts a daemon that can reach no mirror, and boots from it. */
async function bootFrom(site: AttackSite, store: LabStore): Promise<string | undefined> {
  try {
    await using _daemon = await site.start({ store, mirrorUrl: 'http://127.0.0.1:9/debian' });
    return await bootOnce(site.network);
  } catch (error) {
    if (!(error instanceof LabError)) {
      throw error;
    }
    return error.message.split('\n', 1)[0];
  }
}

async function currentManifest(store: string): Promise<string> {
  const current = (await readFile(join(store, 'current'), 'utf8')).trim();
  const generations = await readdir(join(store, 'generations'));
  // The name of the generation, whatever else the file contains.
  const id = generations.find((name) => current.includes(name));
  if (id === undefined) {
    throw new LabError('ERR_LAB_PROGRAM', `no generation ${current}`);
  }
  return join(store, 'generations', id, 'manifest.json');
}

function blobPath({ directory }: LabStore, sha256: string): string {
  return join(directory, 'blobs', 'sha256', sha256.slice(0, 2), sha256);
}

function flippedDigit(digit: string): string {
  return digit === '0' ? '1' : '0';
}
