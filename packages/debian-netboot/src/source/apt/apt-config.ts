import { join } from 'node:path';

import { type Arch } from '../../catalog/arch.js';
import { NetbootError } from '../../errors.js';

/** Where a private apt keeps everything that it would keep in `/var/lib/apt` and `/var/cache/apt`. */
export interface AptDirectories {
  readonly root: string;
  /** Holds what apt is told: made for one session, for this user alone. */
  readonly session: string;
  readonly configFile: string;
  /** Holds the sources, one file for each suite. */
  readonly sources: string;
  readonly statusFile: string;
  readonly state: string;
  readonly lists: string;
  readonly cache: string;
  readonly trusted: string;
  readonly archives: string;
}

/** The directories of a private apt below one root. */
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

/** The suites that a private apt shall know, each with the mirror that the host uses for it. */
export interface AptSuite {
  /** The suite's codename or alias. */
  readonly name: string;
  readonly uri: string;
}

/**
 * The configuration of a private apt. It is read after the host's own, whose mirrors, proxies and
 * passwords stay in force; what it changes is where apt keeps its state, and which indexes it asks
 * for: the package lists, and single lists for the installer.
 *
 * @param asRoot - whether apt is run by root: it must then not change to a user who may not enter the
 *   store
 */
export function aptConfig(directories: AptDirectories, asRoot: boolean): string {
  const quoted = (path: string): string => quote(path);
  return [
    `Dir::State ${quoted(directories.state)};`,
    `Dir::State::lists ${quoted(directories.lists)};`,
    // Of its own and empty: packages installed on the host would be candidates otherwise.
    `Dir::State::status ${quoted(directories.statusFile)};`,
    `Dir::Cache ${quoted(directories.cache)};`,
    // Hosts made for containers switch these off; without them apt reads all lists each time.
    'Dir::Cache::pkgcache "pkgcache.bin";',
    'Dir::Cache::srcpkgcache "srcpkgcache.bin";',
    'Dir::Etc::sourcelist "/dev/null";',
    `Dir::Etc::sourceparts ${quoted(directories.sources)};`,
    'Dir::Etc::preferences "/dev/null";',
    'Dir::Etc::preferencesparts "/dev/null";',
    'Dir::Etc::trusted "/dev/null";',
    `Dir::Etc::trustedparts ${quoted(directories.trusted)};`,
    // Installer packages are for all architectures: one list of packages is enough.
    `APT::Architecture "${PACKAGE_LIST_ARCH}";`,
    '#clear APT::Architectures;',
    'APT::Architectures { "amd64"; "arm64"; "i386"; };',
    '#clear Acquire::IndexTargets;',
    'Acquire::IndexTargets::deb::Packages {',
    '  MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages";',
    '  ShortDescription "Packages";',
    '  Description "$(RELEASE) $(ARCHITECTURE) Packages";',
    '};',
    // Which list is asked for is said when it is known: see INSTALLER_LIST_OPTION.
    'Acquire::IndexTargets::deb::InstallerList {',
    '  ShortDescription "installer";',
    '  Description "$(RELEASE) list for the installer";',
    '  Optional "true";',
    '  KeepCompressed "false";',
    '};',
    // Uncompressed and whole, as the signed hashes are.
    'Acquire::GzipIndexes "false";',
    'Acquire::PDiffs "false";',
    'Acquire::Languages "none";',
    // Hooks of the host's are about the host's own lists.
    '#clear APT::Update;',
    ...(asRoot ? ['APT::Sandbox::User "root";'] : []),
    `APT::Status-Fd "${STATUS_FD}";`,
    '',
  ].join('\n');
}

/**
 * The option that makes apt get one list more, such as an installer's SHA256SUMS; its value is the
 * path below `dists/<suite>/`, not compressed. Suites that have no such file are passed over.
 */
export const INSTALLER_LIST_OPTION = 'Acquire::IndexTargets::deb::InstallerList::MetaKey';

/** The descriptor on which apt reports its progress. */
export const STATUS_FD = 3;

/** The architecture of the list of packages; the packages that are needed are in every one. */
export const PACKAGE_LIST_ARCH: Arch = 'amd64';

/** A suite of a private apt, in the deb822 style. */
export function aptSources({ name, uri }: AptSuite): string {
  return [
    'Types: deb',
    `URIs: ${uri}`,
    `Suites: ${name}`,
    'Components: main',
    `Architectures: ${PACKAGE_LIST_ARCH}`,
    'Targets: Packages InstallerList',
    '',
  ].join('\n');
}

/** Where a suite's source stands. */
export function aptSourcesFile({ sources }: AptDirectories, name: string): string {
  return join(sources, `${name}.sources`);
}

/** The options that make apt ask for one suite alone, and leave the lists of all others as they are. */
export function onlySuite(directories: AptDirectories, name: string): readonly string[] {
  const options = [
    `Dir::Etc::sourcelist=${aptSourcesFile(directories, name)}`,
    'Dir::Etc::sourceparts=/dev/null',
    'APT::Get::List-Cleanup=false',
  ];
  return options.flatMap((option) => ['-o', option]);
}

/** apt's configuration has no way to write a quotation mark inside quotation marks. */
function quote(path: string): string {
  if (/["\n\r]/.test(path)) {
    throw new NetbootError(
      'ERR_NETBOOT_APT_FAILED',
      `apt cannot work in a directory of the name ${JSON.stringify(path)}`,
      { hint: 'choose a data directory without quotation marks and line breaks in its name' },
    );
  }
  return `"${path}"`;
}
