import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { productCommand } from '../daemon/product-command.js';
import { type StoreContent } from './store-content.js';

/** Source of the files that a scenario's settings refer to, by path or URL. */
export interface FileSite {
  /** The store under test. */
  readonly store: string;
  /** Directory of the run. */
  readonly directory: string;
  /** Serves a file on this host until the store has it; returns its URL. */
  readonly serve: (path: string) => string;
}

/** Settings of the daemon. */
export type Settings = Readonly<Record<string, unknown>>;

/** Options for fetching the files that settings refer to. */
export interface FetchOptions {
  /** Entry file of the built command-line program, `apps/server/dist/main.cjs`. */
  readonly cli: string;
  /** Mirror for the host's apt; undefined for those in its configuration. */
  readonly mirror: string | undefined;
  /** Images to keep in the store. */
  readonly content: StoreContent;
  /** Directory of the run. */
  readonly directory: string;
}

/**
 * Syncs a store through the host's apt, with the files that settings refer to: firmware, and extra entries of
 * the menu. Of its images, only the text installers for amd64 remain.
 *
 * @param store - a changed store
 * @param settingsFor - returns the settings for pxeboot
 * @returns the settings
 */
export async function fetchFiles(
  store: string,
  settingsFor: (site: FileSite) => Promise<Settings>,
  { cli, mirror, content, directory }: FetchOptions,
): Promise<Settings> {
  const files: string[] = [];
  const server = createServer((request, response) => {
    const path = files[Number((request.url ?? '').slice(1))];
    if (path === undefined) {
      response.writeHead(404).end();
      return;
    }
    createReadStream(path).pipe(response);
  });
  await listening(server);
  const { port } = server.address() as AddressInfo;
  try {
    const settings = await settingsFor({
      ...{ store, directory },
      serve: (path) => `http://127.0.0.1:${port}/${files.push(path) - 1}`,
    });
    const configFile = join(directory, 'sync.yaml');
    const suites = content === 'all' ? ['trixie', 'bookworm'] : [content];
    const images = suites.map((suite) => ({ suite, arch: ['amd64'], variants: ['text'] }));
    const source = { kind: 'apt', ...(mirror !== undefined && { url: mirror }) };
    await writeFile(configFile, stringify({ ...settings, images, source }));
    await productCommand(cli, 'sync', '--config', configFile, '--data-dir', store);
    return settings;
  } finally {
    await new Promise((done) => server.close(done));
  }
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
}
