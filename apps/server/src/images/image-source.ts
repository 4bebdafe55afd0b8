import { readFile } from 'node:fs/promises';

import {
  aptSource,
  directorySource,
  fallbackSource,
  mirrorSource,
  parseKeyring,
  type ImageSource,
  type TrustOptions,
} from '@pxe/debian-netboot';

import { ConfigError } from '../config/errors.js';
import type { ServerConfig } from '../config/schema.js';

/** The source that the `source` settings name. */
export function imageSource({ kind, url, path = '' }: ServerConfig['source']): ImageSource {
  switch (kind) {
    case 'auto':
      return fallbackSource(mirrors(url), aptSource());
    case 'mirror':
      return mirrors(url);
    case 'apt':
      return aptSource(url?.[0] === undefined ? {} : { mirror: url[0] });
    case 'directory':
      return directorySource(path);
  }
}

function mirrors(urls: readonly string[] | undefined): ImageSource {
  return mirrorSource(urls === undefined ? {} : { mirrors: urls });
}

/**
 * What to trust, by the `source` settings.
 *
 * @throws ConfigError when the keyring cannot be read
 */
export async function trustOptions(settings: ServerConfig['source']): Promise<TrustOptions> {
  const { keyring, trust, dangerouslyAcceptExpiredRelease } = settings;
  return {
    dangerouslyAcceptExpiredRelease,
    dangerouslyAcceptUnsigned: trust === 'none',
    ...(keyring === undefined ? {} : { keyring: await parseKeyring(await readKeyring(keyring)) }),
  };
}

async function readKeyring(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const message = `cannot read the keyring ${path} (${code})`;
    throw new ConfigError([{ key: 'source.keyring', source: '', message }]);
  }
}
