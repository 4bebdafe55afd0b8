import { type ListedFile } from '../../archive/release-file.js';
import { type Arch } from '../../catalog/arch.js';
import { type Suite, suiteFacts } from '../../catalog/suite.js';
import { NetbootError } from '../../errors.js';

/** Debian mirror, with its password if there is one. */
export interface Mirror {
  /** Root of the archive, with a trailing slash and without credentials. */
  readonly root: URL;
  /** Headers of every request, with the credentials. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Parses the URL of a mirror, the directory with `dists` and `pool`.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_INVALID_MIRROR`
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

/** Returns the names of a suite's directories below `dists`: its codename, and its alias if it has one. */
export function suiteDirectories(suite: Suite): readonly string[] {
  const { alias } = suiteFacts(suite);
  return alias === undefined ? [suite] : [suite, alias];
}

/** Returns the URL of the InRelease in a suite's directory. */
export function releaseUrl({ root }: Mirror, directory: string): URL {
  return archiveUrl(root, `dists/${directory}/InRelease`);
}

/** Returns the URL of a file that a suite's Release lists. */
export function indexUrl(
  { root }: Mirror,
  directory: string,
  { path }: Pick<ListedFile, 'path'>,
): URL {
  return archiveUrl(root, `dists/${directory}/${path}`);
}

/**
 * Returns the URL of a file by its hash (`Acquire-By-Hash`). Its content does not change while the mirror is
 * being updated.
 */
export function byHashUrl({ root }: Mirror, directory: string, { path, sha256 }: ListedFile): URL {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return archiveUrl(root, `dists/${directory}/${folder}by-hash/SHA256/${sha256}`);
}

/**
 * Returns the URL of an installer file.
 *
 * @param build - directory of the build: a dated one, or `current`
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

/** Returns the URL of a file in the pool. */
export function poolUrl({ root }: Mirror, filename: string): URL {
  return archiveUrl(root, filename);
}

/**
 * Returns the URL of any file of an archive.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_FILE_NOT_FOUND` for a path that could leave the archive
 */
export function fileUrl({ root }: Mirror, path: string): URL {
  const segments = path.split('/');
  if (segments.some((segment) => ['', '.', '..'].includes(segment))) {
    throw new NetbootError('ERR_NETBOOT_FILE_NOT_FOUND', `${path}: not a path within an archive`);
  }
  return archiveUrl(root, path);
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

/**
 * Returns the error for an invalid URL. It has no cause, since Node's error contains the whole URL with the
 * password.
 */
export function invalidMirror(text: string): NetbootError {
  // An unescaped password may contain any character.
  const [scheme = ''] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text) ?? [];
  const shown = scheme + text.slice(Math.max(scheme.length, text.lastIndexOf('@') + 1));
  return new NetbootError(
    'ERR_NETBOOT_INVALID_MIRROR',
    `invalid mirror URL: ${JSON.stringify(shown)}`,
    {
      hint: 'write it like http://ftp.debian.org/debian; in a password, write % as %25 and @ as %40',
    },
  );
}
