import { type ListedFile } from '../../archive/release-file.js';
import { type Arch } from '../../catalog/arch.js';
import { type Suite, suiteFacts } from '../../catalog/suite.js';
import { NetbootError } from '../../errors.js';

/** A mirror of Debian: where it is, and the password to get in, if there is one. */
export interface Mirror {
  /** The archive's root, with a slash at its end and without a password. */
  readonly root: URL;
  /** What every request to it carries: the password. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads a mirror's URL: that of the directory with `dists` and `pool` in it.
 *
 * @throws NetbootError `ERR_NETBOOT_INVALID_MIRROR`
 */
export function parseMirror(text: string): Mirror {
  const url = text.endsWith('/') ? text : `${text}/`;
  if (!URL.canParse(url)) {
    throw invalidMirror(text);
  }
  const root = new URL(url);
  const isWeb = root.protocol === 'http:' || root.protocol === 'https:';
  if (!isWeb || root.search !== '' || root.hash !== '') {
    throw invalidMirror(text);
  }
  const headers = basicAuthorization(root, text);
  root.username = '';
  root.password = '';
  return { root, headers };
}

/** The names of a suite's directories below `dists`: its codename, then its alias if it has one. */
export function suiteDirectories(suite: Suite): readonly string[] {
  const { alias } = suiteFacts(suite);
  return alias === undefined ? [suite] : [suite, alias];
}

/** The URL of the InRelease in a suite's directory. */
export function releaseUrl({ root }: Mirror, directory: string): URL {
  return archiveUrl(root, `dists/${directory}/InRelease`);
}

/** The URL of a file that a suite's Release lists. */
export function indexUrl(
  { root }: Mirror,
  directory: string,
  { path }: Pick<ListedFile, 'path'>,
): URL {
  return archiveUrl(root, `dists/${directory}/${path}`);
}

/**
 * The URL of the same file by its hash (`Acquire-By-Hash`): it stays what it is while the mirror is
 * being updated.
 */
export function byHashUrl({ root }: Mirror, directory: string, { path, sha256 }: ListedFile): URL {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return archiveUrl(root, `dists/${directory}/${folder}by-hash/SHA256/${sha256}`);
}

/**
 * The URL of an installer file.
 *
 * @param build - the build's directory: a dated one, or `current`
 */
export function installerUrl(
  { root }: Mirror,
  directory: string,
  arch: Arch,
  build: string,
  path: string,
): URL {
  return archiveUrl(root, `dists/${directory}/main/installer-${arch}/${build}/images/${path}`);
}

/** The URL of a file of the pool. */
export function poolUrl({ root }: Mirror, filename: string): URL {
  return archiveUrl(root, filename);
}

function archiveUrl(root: URL, path: string): URL {
  return new URL(path.split('/').map(encodeURIComponent).join('/'), root);
}

function basicAuthorization({ username, password }: URL, text: string): Mirror['headers'] {
  if (username === '' && password === '') {
    return {};
  }
  let secret: string;
  try {
    secret = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    throw invalidMirror(text);
  }
  return { authorization: `Basic ${Buffer.from(secret).toString('base64')}` };
}

/** Without a cause: errors about URLs hold the whole text, with the password in it. */
function invalidMirror(text: string): NetbootError {
  // A password may hold any character, where nobody has written it as a URL needs it.
  const [scheme = ''] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text) ?? [];
  const shown = scheme + text.slice(Math.max(scheme.length, text.lastIndexOf('@') + 1));
  return new NetbootError(
    'ERR_NETBOOT_INVALID_MIRROR',
    `not a mirror's URL: ${JSON.stringify(shown)}`,
    { hint: 'write it like http://ftp.debian.org/debian; % is %25, @ is %40 in a password' },
  );
}
