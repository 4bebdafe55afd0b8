import {
  type DailyBuildOptions,
  type Keyring,
  type MirrorFiles,
  type MirrorFilesOptions,
  type SyncOptions,
  type TrustOptions,
} from '@pxe/debian-netboot';
import { NetbootError } from '@pxe/debian-netboot/catalog';
import {
  aptSource,
  directorySource,
  fallbackSource,
  type ImageSource,
  mirrorSource,
} from '@pxe/debian-netboot/source';

import { fileReason } from '../config/file-reason.js';
import { ownEntries } from '../config/own-entries.js';
import { type ServerConfig } from '../config/schema.js';
import { ConfigError } from '../errors.js';

/**
 * Creates the source described by the `source` settings.
 *
 * @throws {@link ConfigError} when the CA cannot be read
 */
export async function imageSource({
  kind,
  url,
  path = '',
  ca,
}: ServerConfig['source']): Promise<ImageSource> {
  const mirrors = async (): Promise<ImageSource> => mirrorSource(await mirrorOptions({ url, ca }));
  switch (kind) {
    case 'auto':
      return fallbackSource(await mirrors(), aptSource());
    case 'mirror':
      return mirrors();
    case 'apt':
      return aptSource(url?.[0] === undefined ? {} : { mirror: url[0] });
    case 'directory':
      return directorySource(path);
  }
}

/**
 * Opens the mirrors described by the `source` settings, to pass on their files.
 *
 * @throws {@link ConfigError} when the CA cannot be read
 */
export async function mirrorFiles({ url, ca }: ServerConfig['source']): Promise<MirrorFiles> {
  const { openMirrorFiles } = await import('@pxe/debian-netboot');
  return openMirrorFiles(await mirrorOptions({ url, ca }));
}

async function mirrorOptions({
  url,
  ca,
}: Pick<ServerConfig['source'], 'url' | 'ca'>): Promise<MirrorFilesOptions> {
  return {
    ...(url !== undefined && { mirrors: url }),
    ...(ca !== undefined && { ca: (await readNamed('ca', ca)).toString('utf8') }),
  };
}

/**
 * Returns the options for daily builds, from the `source` settings.
 *
 * @throws {@link ConfigError} when the CA cannot be read
 */
export async function dailyOptions({
  dailyUrl,
  ca,
}: ServerConfig['source']): Promise<DailyBuildOptions> {
  return {
    url: dailyUrl,
    ...(ca !== undefined && { ca: (await readNamed('ca', ca)).toString('utf8') }),
  };
}

/**
 * Returns the extra entries to fetch, and the options for fetching them.
 *
 * @throws {@link ConfigError} when the CA cannot be read
 */
export async function entryOptions({
  menu,
  source: { ca },
}: Pick<ServerConfig, 'menu' | 'source'>): Promise<EntryOptions> {
  return {
    entries: ownEntries(menu.entries).map(({ selection }) => selection),
    ...(ca !== undefined && { entriesCa: (await readNamed('ca', ca)).toString('utf8') }),
  };
}

/** Options of a sync for extra entries. */
export type EntryOptions = Required<Pick<SyncOptions, 'entries'>> & Pick<SyncOptions, 'entriesCa'>;

/**
 * Returns the trust options, from the `source` settings.
 *
 * @throws {@link ConfigError} when the keyring cannot be read or parsed
 */
export async function trustOptions(settings: ServerConfig['source']): Promise<TrustOptions> {
  const { keyring, trust, dangerouslyAcceptExpiredRelease } = settings;
  return {
    dangerouslyAcceptExpiredRelease,
    dangerouslyAcceptUnsigned: trust === 'none',
    ...(keyring !== undefined && { keyring: await readKeyring(keyring, settings.keyringMode) }),
  };
}

async function readKeyring(path: string, mode: 'replace' | 'add'): Promise<Keyring> {
  const content = await readNamed('keyring', path);
  // The rest of this module only describes what to fetch, without this code.
  const { DEBIAN_ARCHIVE_KEYRING, joinKeyrings, parseKeyring } =
    await import('@pxe/debian-netboot');
  const own = await parseKeyring(content).catch((error: unknown) => {
    if (!(error instanceof NetbootError)) {
      throw error;
    }
    const message = `${path}: ${error.message}; ${error.hint ?? ''}`;
    throw new ConfigError([{ key: 'source.keyring', source: '', message }]);
  });
  return mode === 'add' ? joinKeyrings(DEBIAN_ARCHIVE_KEYRING, own) : own;
}

const NAMES = { ca: 'CA', keyring: 'keyring' } as const;

async function readNamed(key: keyof typeof NAMES, path: string): Promise<Buffer> {
  const { readNamedFile } = await import('../config/named-files.js');
  try {
    return await readNamedFile(path);
  } catch (error) {
    const message = `cannot read the ${NAMES[key]} ${path}: ${fileReason(error)}`;
    throw new ConfigError([{ key: `source.${key}`, source: '', message }]);
  }
}
