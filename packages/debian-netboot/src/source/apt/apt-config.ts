import { join } from 'node:path';

import { type Arch } from '../../catalog/arch.js';
import { NetbootError } from '../../errors.js';
import { invalidMirror } from '../mirror/mirror-urls.js';

/** Directories and files of a private apt, which replace `/etc/apt`, `/var/lib/apt` and `/var/cache/apt`. */
export interface AptDirectories {
  readonly root: string;
  /** Directory of one session's configuration, private to this user. */
  readonly session: string;
  readonly configFile: string;
  /** Directory of the sources, with one file per suite name. */
  readonly sources: string;
  readonly statusFile: string;
  readonly state: string;
  readonly lists: string;
  readonly cache: string;
  readonly trusted: string;
  readonly archives: string;
}

/** Returns the paths of a private apt, below a root and a session directory. */
export function aptDirectories(root: string, session: string): AptDirectories {
  return {
    root,
    session,
    configFile: join(session, 'apt.conf'),
    sources: join(session, 'sources.d'),
    statusFile: join(session, 'status'),
    trusted: join(session, 'trusted.d'),
    state: join(root, 'state'),
    lists: join(root, 'state', 'lists'),
    cache: join(root, 'cache'),
    archives: join(root, 'archives'),
  };
}

/** Suite of a private apt, with the mirror to use for it. */
export interface AptSuite {
  /** Codename or alias of the suite. */
  readonly name: string;
  readonly uri: string;
  /** Components other than `main`. */
  readonly components: readonly string[];
}

/**
 * Returns the configuration of a private apt. It is read after the host's own, whose proxies, passwords and
 * options stay in force. It changes where apt keeps its state and which indexes it requests: the package
 * lists, and individual lists for the installer.
 *
 * @param asRoot - true if root runs apt; the configuration then keeps apt from switching to a user without
 *   access to the store
 */
export function aptConfig(directories: AptDirectories, asRoot: boolean): string {
  const quoted = (path: string): string => quote(path);
  return [
    `Dir::State ${quoted(directories.state)};`,
    `Dir::State::lists ${quoted(directories.lists)};`,
    // A separate, empty file, since packages installed on the host would otherwise be candidates.
    `Dir::State::status ${quoted(directories.statusFile)};`,
    `Dir::Cache ${quoted(directories.cache)};`,
    // Container images disable these caches; without them, apt downloads all lists each time.
    'Dir::Cache::pkgcache "pkgcache.bin";',
    'Dir::Cache::srcpkgcache "srcpkgcache.bin";',
    'Dir::Etc::sourcelist "/dev/null";',
    `Dir::Etc::sourceparts ${quoted(directories.sources)};`,
    'Dir::Etc::preferences "/dev/null";',
    'Dir::Etc::preferencesparts "/dev/null";',
    'Dir::Etc::trusted "/dev/null";',
    `Dir::Etc::trustedparts ${quoted(directories.trusted)};`,
    // Installer packages are architecture-independent, so one package list is enough.
    `APT::Architecture "${PACKAGE_LIST_ARCH}";`,
    '#clear APT::Architectures;',
    'APT::Architectures { "amd64"; "arm64"; "i386"; };',
    '#clear Acquire::IndexTargets;',
    'Acquire::IndexTargets::deb::Packages {',
    '  MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages";',
    '  ShortDescription "Packages";',
    '  Description "$(RELEASE) $(ARCHITECTURE) Packages";',
    '};',
    // INSTALLER_LIST_OPTION names the list once it is known.
    'Acquire::IndexTargets::deb::InstallerList {',
    '  ShortDescription "installer";',
    '  Description "$(RELEASE) list for the installer";',
    '  Optional "true";',
    '  KeepCompressed "false";',
    '};',
    // Uncompressed and complete, to match the signed hashes.
    'Acquire::GzipIndexes "false";',
    'Acquire::PDiffs "false";',
    'Acquire::Languages "none";',
    // The host's hooks are meant for the host's own lists.
    '#clear APT::Update;',
    ...(asRoot ? ['APT::Sandbox::User "root";'] : []),
    `APT::Status-Fd "${STATUS_FD}";`,
    '',
  ].join('\n');
}

/**
 * Option that makes apt fetch one more list, such as an installer's SHA256SUMS. Its value is the path of the
 * uncompressed list below `dists/<suite>/`; suites without that file are skipped.
 */
export const INSTALLER_LIST_OPTION = 'Acquire::IndexTargets::deb::InstallerList::MetaKey';

/** File descriptor for apt's progress reports. */
export const STATUS_FD = 3;

/** Architecture of the package list; the list of any architecture contains the required packages. */
export const PACKAGE_LIST_ARCH: Arch = 'amd64';

/**
 * Returns the content of a suite's source file, in deb822 style.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_INVALID_MIRROR` for a URI with a space, a control character or a
 * character that is not ASCII
 */
export function aptSources({ name, uri, components }: AptSuite): string {
  if (!/^[!-~]+$/.test(uri)) {
    throw invalidMirror(uri);
  }
  const stanza = (component: string, targets: string): string =>
    [
      'Types: deb',
      `URIs: ${uri}`,
      `Suites: ${name}`,
      `Components: ${component}`,
      `Architectures: ${PACKAGE_LIST_ARCH}`,
      `Targets: ${targets}`,
      '',
    ].join('\n');
  return [
    stanza('main', 'Packages InstallerList'),
    ...components.map((component) => stanza(component, 'Packages')),
  ].join('\n');
}

/** Returns the path of a suite's source file. */
export function aptSourcesFile({ sources }: AptDirectories, name: string): string {
  return join(sources, `${name}.sources`);
}

/** Returns the command-line options that restrict apt to one suite and keep the lists of all others. */
export function onlySuite(directories: AptDirectories, name: string): readonly string[] {
  const options = [
    `Dir::Etc::sourcelist=${aptSourcesFile(directories, name)}`,
    'Dir::Etc::sourceparts=/dev/null',
    'APT::Get::List-Cleanup=false',
  ];
  return options.flatMap((option) => ['-o', option]);
}

/**
 * Quotes a path for apt's configuration.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_APT_FAILED` for a path with a quotation mark, which the configuration
 *   cannot express, or a line break
 */
function quote(path: string): string {
  if (/["\n\r]/.test(path)) {
    throw new NetbootError(
      'ERR_NETBOOT_APT_FAILED',
      `apt cannot use the directory ${JSON.stringify(path)}`,
      { hint: 'choose a data directory without quotation marks or line breaks in its path' },
    );
  }
  return `"${path}"`;
}
