import {
  checksumListPath,
  efiLoaderNames,
  imageFolder,
  listedBuilds,
  packageIndexPath,
  resolveBuild,
} from '../archive/installer-layout.js';
import { type Arch, archFacts } from '../catalog/arch.js';
import { type ImageSelection } from '../catalog/selection.js';
import { type Variant } from '../catalog/variant.js';
import { type NetbootError } from '../errors.js';
import { type SuiteView } from '../source/image-source.js';
import { type Evidence } from '../store/evidence.js';
import { type AcceptedRelease, type SuiteAnswer } from './accept-releases.js';

/** What to download, and how the signature vouches for it. Nothing is known about the files yet. */
export interface DownloadPlan {
  /** In the order of menus. */
  readonly installers: readonly PlannedInstaller[];
  /** What cannot be downloaded, and why. */
  readonly impossible: readonly ImpossibleInstaller[];
  /** Releases to look for PXELINUX in, the preferred one first. */
  readonly loaders: readonly AcceptedRelease[];
}

/** An installer to download: a suite and architecture, in one or more variants. */
export type PlannedInstaller = SignedInstaller | UnsignedInstaller | DailyInstaller;

/** One that the archive's signature vouches for. */
export interface SignedInstaller {
  readonly kind: 'signed';
  readonly selection: ImageSelection;
  readonly release: AcceptedRelease;
  /** The ways to get it, each sufficient; the quickest first. */
  readonly proofs: readonly PlannedProof[];
}

/** One that nothing vouches for. */
export interface UnsignedInstaller {
  readonly kind: 'unsigned';
  readonly selection: ImageSelection;
  readonly view: SuiteView;
}

/** A daily build, which comes from a server of its own. */
export interface DailyInstaller {
  readonly kind: 'daily';
  readonly selection: ImageSelection;
  /** Of unstable, where its modules come from; absent if that was not accepted. */
  readonly moduleRelease: AcceptedRelease | undefined;
}

/** A way from the signed Release to the files of a build. */
export type PlannedProof =
  /** By the build's SHA256SUMS, and the files in its directories. */
  | {
      readonly kind: 'list';
      readonly build: string;
      /** Paths of the list below `dists/<suite>/`. */
      readonly lists: readonly string[];
      /** Names of directories that hold the build. */
      readonly directories: readonly string[];
    }
  /** By a Packages index, and the package that holds the build. */
  | {
      readonly kind: 'package';
      /** The package's version; any if the Release does not name a build. */
      readonly build: string | undefined;
      /** Paths of the indexes below `dists/<suite>/`, without an ending for a compression. */
      readonly indexes: readonly string[];
    };

/** An installer that the Release rules out. */
export interface ImpossibleInstaller {
  readonly selection: ImageSelection;
  /** The release that was accepted, if one was. */
  readonly release: AcceptedRelease | undefined;
  readonly error: NetbootError;
}

/**
 * Plans what to download of the suites that were accepted.
 *
 * @param before - what the store holds already, and by which proof
 */
export function planDownloads(
  answers: readonly SuiteAnswer[],
  before: Evidence | undefined,
): DownloadPlan {
  const installers: PlannedInstaller[] = [];
  const impossible: ImpossibleInstaller[] = [];
  for (const { request, outcome } of answers) {
    const moduleRelease = outcome.kind === 'accepted' ? outcome.release : undefined;
    for (const selection of request.dailies) {
      installers.push({ kind: 'daily', selection, moduleRelease });
    }
    for (const selection of request.selections) {
      switch (outcome.kind) {
        case 'failed':
          impossible.push({ selection, release: undefined, error: outcome.error });
          break;
        case 'unsigned':
          installers.push({ kind: 'unsigned', selection, view: outcome.view });
          break;
        case 'accepted': {
          const { release } = outcome;
          const planned = planInstaller(release, selection, before);
          if ('code' in planned) {
            impossible.push({ selection, release, error: planned });
          } else {
            installers.push(planned);
          }
          break;
        }
      }
    }
  }
  // A suite that only daily builds need is not in a bundle.
  const byImages = [...answers].sort(
    (left, right) => Number(isForDailies(left)) - Number(isForDailies(right)),
  );
  const loaders = byImages.flatMap(({ request: { selections, dailies }, outcome }) =>
    outcome.kind === 'accepted' &&
    [...selections, ...dailies].some(({ arch }) => archFacts(arch).hasBios)
      ? [outcome.release]
      : [],
  );
  return { installers, impossible, loaders };
}

function isForDailies({ request }: SuiteAnswer): boolean {
  return request.selections.length === 0;
}

function planInstaller(
  release: AcceptedRelease,
  selection: ImageSelection,
  before: Evidence | undefined,
): SignedInstaller | NetbootError {
  const { arch } = selection;
  const indexes = packageIndexes(arch);
  const resolved = resolveBuild(release.release, arch, selection);
  if (!resolved.ok) {
    // An archive that was put together anew, as by aptly, signs packages and no installers.
    const isNew = listedBuilds(release.release, arch).length === 0;
    if (!isNew || selection.checksumListSha256 !== undefined) {
      return resolved.error;
    }
    if (!isAnyListed(release, indexes)) {
      return resolved.error;
    }
    const proofs = [{ kind: 'package', build: selection.build, indexes }] as const;
    return { kind: 'signed', selection, release, proofs };
  }
  const { build, checksumList } = resolved.value;
  const dated = checksumList.path;
  const current = checksumListPath(arch, 'current');
  const isCurrent = release.release.files.get(current)?.sha256 === checksumList.sha256;
  const byList: PlannedProof = {
    kind: 'list',
    build,
    lists: isCurrent ? [dated, current] : [dated],
    directories: isCurrent ? [build, 'current'] : [build],
  };
  const byPackage: PlannedProof = { kind: 'package', build, indexes };
  const known = before?.installers.find(
    (installer) => installer.suite === release.suite && installer.arch === arch,
  );
  // A package that is kept as evidence gives way to the list, which is a thousandth of its size.
  const isPackageFirst = release.view.quickestProof === 'package' && known?.build !== build;
  return {
    kind: 'signed',
    selection,
    release,
    proofs: isPackageFirst ? [byPackage, byList] : [byList, byPackage],
  };
}

/** The package is for all architectures: any index may list it. The one of `all` is the shortest. */
function packageIndexes(arch: Arch): readonly string[] {
  return [...new Set(['all', 'amd64', arch] as const)].map(packageIndexPath);
}

function isAnyListed({ release }: AcceptedRelease, indexes: readonly string[]): boolean {
  return indexes.some((path) =>
    ['', '.gz', '.xz'].some((ending) => release.files.has(`${path}${ending}`)),
  );
}

/** The files of an installer, by their paths below `images/`. */
export interface WantedFiles {
  /** Kernels, then initrds. */
  readonly required: readonly string[];
  /** What UEFI loads: by name below `debian-installer/<arch>/`. */
  readonly efi: ReadonlyMap<string, string>;
}

/** The files that a selection needs. */
export function wantedFiles(arch: Arch, variants: readonly Variant[]): WantedFiles {
  const folders = variants.map((variant) => imageFolder({ arch, variant }));
  // Both variants hold the same boot files.
  const first = imageFolder({ arch, variant: variants[0] ?? 'text' });
  return {
    required: ['linux', 'initrd.gz'].flatMap((name) =>
      folders.map((folder) => `${folder}/${name}`),
    ),
    efi: new Map(efiLoaderNames(arch).map((name) => [name, `${first}/${name}`])),
  };
}

/**
 * Paths in the order in which to ask for them: the line is full from the first kernel on, small files
 * take turns beside it, and the largest come last, when nothing waits for its turn any more.
 */
export function downloadOrder({ required, efi }: WantedFiles): readonly string[] {
  const initrds = required.filter((path) => path.endsWith('/initrd.gz'));
  const kernels = required.filter((path) => !initrds.includes(path));
  return [...kernels, ...efi.values(), ...initrds];
}
