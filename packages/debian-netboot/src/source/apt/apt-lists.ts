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

/** Where Debian's apt keeps the host's sources. */
export const HOST_APT_DIRECTORY = '/etc/apt';

/**
 * Finds a file among apt's lists: apt names them after their URL, quotes `~` and makes underscores of
 * slashes.
 *
 * @param name - the suite's codename or alias, as it was asked for
 * @param path - below `dists/<suite>/`
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

/** Every package archive that the host's apt is set up to use. */
export async function readHostSources(directory: string): Promise<HostSource[]> {
  const parts = join(directory, 'sources.list.d');
  const names = await readdir(parts).catch(noneIfMissing);
  const files = [join(directory, 'sources.list'), ...names.sort().map((name) => join(parts, name))];
  const sources: HostSource[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      if (isNotFound(error)) {
        return '';
      }
      throw error;
    });
    if (file.endsWith('.list')) {
      sources.push(...parseOneLineSources(text));
    } else if (file.endsWith('.sources')) {
      sources.push(...parseDeb822Sources(text));
    }
  }
  return sources;
}

/** The host's source for a suite of Debian, if it has any mirror of Debian. */
export function hostSourceFor(
  suite: Suite,
  sources: readonly HostSource[],
): HostSource | undefined {
  // A mirror of the archived suites has none of the others.
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
