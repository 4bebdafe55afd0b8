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

/** Suite among apt's sources. */
export interface AptSuite {
  /** URI of the archive, as in apt's sources. */
  readonly uri: string;
  /** The suite's codename or alias, as requested. */
  readonly name: string;
}

/**
 * Returns the path of a file among apt's lists; `undefined` if there is none. apt names lists after their
 * URI, and keeps the lists of archives that were used earlier. If no list has the expected name, as with an
 * apt method that names its lists differently, any list of the suite is returned.
 *
 * @param lists - directory of apt's lists
 * @param suite - the suite and its archive
 * @param path - path below `dists/<suite>/`
 */
export async function findList(
  lists: string,
  suite: AptSuite,
  path: string,
): Promise<string | undefined> {
  const ending = listName(suite.name, path);
  const names = await readdir(lists);
  const exact = `${listPrefix(suite.uri)}${ending}`;
  const found = names.includes(exact) ? exact : names.find((name) => name.endsWith(ending));
  return found === undefined ? undefined : join(lists, found);
}

/** Returns the end of the name of a list: the part that does not depend on the archive. */
function listName(name: string, path: string): string {
  return `_dists_${name}_${quoted(path)}`;
}

/** Returns the start of the names of an archive's lists (`URItoFileName` in apt's strutl.cc). */
export function listPrefix(uri: string): string {
  const place = uri.replace(/^[\w+.-]+:(?:\/\/)?(?:[^/@]*@)?/, '').replace(/\/$/, '');
  return quoted(place.replace(/^\[([^\]]*)\]/, '$1'));
}

function quoted(text: string): string {
  return text
    .replaceAll(/[\\|{}[\]<>"^~_=!@#$&*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
    .replaceAll('/', '_');
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

/** Returns the host's source for a Debian suite; `undefined` if the host uses no Debian mirror. */
export function hostSourceFor(
  suite: Suite,
  sources: readonly HostSource[],
): HostSource | undefined {
  // A mirror of archived suites does not have the other suites.
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
