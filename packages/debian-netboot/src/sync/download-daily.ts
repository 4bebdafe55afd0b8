import { createHash } from 'node:crypto';

import { parseChecksumList } from '../archive/checksum-list.js';
import { suiteFacts } from '../catalog/suite.js';
import { expectValue, isMismatch, NetbootError } from '../errors.js';
import { type DailyBuilds, type DailyList } from '../source/daily/daily-builds.js';
import { type TlsEvidence } from '../store/evidence.js';
import { type StoredFile } from '../store/manifest.js';
import { fetchInstallerFiles, notDelivered } from './installer-files.js';
import { type DailyInstaller, downloadOrder, wantedFiles } from './plan-downloads.js';
import { type SyncContext } from './sync-context.js';

/** Daily build in the store. */
export interface DownloadedDaily {
  readonly build: string;
  /** Files by path below `images/`. */
  readonly files: ReadonlyMap<string, StoredFile>;
  readonly evidence: Pick<TlsEvidence, 'url' | 'checksumList'>;
}

/**
 * Downloads the files listed in a daily build's SHA256SUMS, which is trusted because of the
 * server's certificate.
 *
 * @param onListed - called once the list has arrived, before the files are requested
 */
export async function downloadDaily(
  context: SyncContext,
  { selection }: DailyInstaller,
  onListed: () => void,
): Promise<DownloadedDaily> {
  const { arch } = selection;
  const builds = await context.dailyBuilds();
  let list = await builds.list(arch);
  onListed();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await downloadListed(context, builds, selection, list);
    } catch (error) {
      // A server whose list keeps changing must not block a sync.
      if (!isOtherBuild(error) || attempt >= builds.retries) {
        throw error;
      }
      // A newer build may have replaced the one whose list was read.
      const newer = await builds.list(arch);
      if (Buffer.compare(newer.content, list.content) === 0) {
        throw error;
      }
      list = newer;
    }
  }
}

function isOtherBuild(error: unknown): boolean {
  const isMissing = error instanceof NetbootError && error.code === 'ERR_NETBOOT_FILE_NOT_FOUND';
  return isMissing || isMismatch(error);
}

async function downloadListed(
  context: SyncContext,
  source: Pick<DailyBuilds, 'installerFiles'>,
  { suite, arch, variants }: DailyInstaller['selection'],
  list: DailyList,
): Promise<DownloadedDaily> {
  const { url, content } = list;
  const hashes = expectValue(parseChecksumList(Buffer.from(content).toString('utf8')));
  const wanted = wantedFiles(arch, variants);
  const missing = wanted.required.find((path) => !hashes.has(path));
  if (missing !== undefined) {
    throw notDelivered(missing);
  }
  const listed = downloadOrder(wanted).flatMap((path): [string, string][] => {
    const sha256 = hashes.get(path);
    return sha256 === undefined ? [] : [[path, sha256]];
  });
  const build = buildName(list);
  const files = await fetchInstallerFiles(
    context,
    source,
    { suite, arch, build, directories: ['daily'] },
    new Map(listed),
    'tls',
  );
  const checksumList = await context.update.add([content], {
    label: `${suiteFacts(suite).title} daily SHA256SUMS`,
    maxSize: content.length,
  });
  return { build, files, evidence: { url, checksumList } };
}

/** Returns a name that depends on the content, as all build names do: `daily-20261127-1f2e3d4c`. */
function buildName({ content, madeAt }: DailyList): string {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8);
  const day = madeAt?.toISOString().slice(0, 10).replaceAll('-', '');
  return ['daily', day, hash].filter((part) => part !== undefined).join('-');
}
