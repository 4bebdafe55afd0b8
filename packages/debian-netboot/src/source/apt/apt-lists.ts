import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Suite, suiteFacts, SUITES } from '../../catalog/suite.js';
import { isNotFound } from '../../files/io-error.js';
import {
  chooseSource,
  type HostSource,
  parseDeb822Sources,
  parseOneLineSources,
} from './host-sources.js';

/** Directory of the host's apt sources on Debian. */
export const HOST_APT_DIRECTORY = '/etc/apt';

/**
 * Returns the path of a file among apt's lists; `undefined` if there is none. apt names lists after their
 * URL, with `~` quoted and slashes replaced by underscores.
 *
 * @param lists - directory of apt's lists
 * @param name - the suite's codename or alias, as requested
 * @param path - path below `dists/<suite>/`
 */
export async function findList(
  lists: string,
  name: string,
  path: string,
): Promise<string | undefined> {
  const ending = `_dists_${name}_${path.replaceAll('~', '%7e').replaceAll('/', '_')}`;
  const names = await readdir(lists);
  const found = names.find((candidate) => candidate.endsWith(ending));
  return found === undefined ? undefined : join(lists, found);
}

/** Reads every package archive from the host's apt configuration. */
export async function readHostSources(directory: string): Promise<HostSource[]> {
  const parts = join(directory, 'sources.list.d');
  const names = await readdir(parts).catch(noneIfMissing);
  const files = [join(directory, 'sources.list'), ...names.sort().map((name) => join(parts, name))];
  let sources: HostSource[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      if (isNotFound(error)) {
        return '';
      }
      throw error;
    });
    if (file.endsWith('.list')) {
      sources = sources.concat(parseOneLineSources(text));
    } else if (file.endsWith('.sources')) {
      sources = sources.concat(parseDeb822Sources(text));
    }
  }
  return sources;
}

/** Returns the host's source for a Debian suite; `undefined` if the host uses no mirror of Debian. */
export function hostSourceFor(
  suite: Suite,
  sources: readonly HostSource[],
): HostSource | undefined {
  // A mirror of archived suites does not have the others.
  const names = SUITES.filter((other) => suiteFacts(other).kind !== 'archived').flatMap((other) => [
    other,
    ...aliasesOf(other),
  ]);
  return chooseSource(sources, suite, aliasesOf(suite), names);
}

function aliasesOf(suite: Suite): readonly string[] {
  const { alias } = suiteFacts(suite);
  return alias === undefined ? [] : [alias];
}

function noneIfMissing(error: unknown): string[] {
  if (isNotFound(error)) {
    return [];
  }
  throw error;
}
