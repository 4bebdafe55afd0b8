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

/** Planned downloads, and the proofs for them. The files are not known yet. */
export interface DownloadPlan {
  /** Installers in menu order. */
  readonly installers: readonly PlannedInstaller[];
  /** Installers that cannot be downloaded, with the reasons. */
  readonly impossible: readonly ImpossibleInstaller[];
  /** Releases to search for PXELINUX, in order of preference. */
  readonly loaders: readonly AcceptedRelease[];
}

/** Installer to download: a suite and architecture, in one or more variants. */
export type PlannedInstaller = SignedInstaller | UnsignedInstaller | DailyInstaller;

/** Installer that the archive's signature vouches for. */
export interface SignedInstaller {
  readonly kind: 'signed';
  readonly selection: ImageSelection;
  readonly release: AcceptedRelease;
  /** Proofs, the quickest first; any one of them suffices. */
  readonly proofs: readonly PlannedProof[];
}

/** Unsigned installer. */
export interface UnsignedInstaller {
  readonly kind: 'unsigned';
  readonly selection: ImageSelection;
  readonly view: SuiteView;
}

/** Daily build, which comes from a separate server. */
export interface DailyInstaller {
  readonly kind: 'daily';
  readonly selection: ImageSelection;
  /** Release of unstable, for its modules; absent if it was not accepted. */
  readonly moduleRelease: AcceptedRelease | undefined;
}

/** Path from the signed Release to the files of a build. */
export type PlannedProof =
  /** Via the build's SHA256SUMS and the files in the build's directories. */
  | {
      readonly kind: 'list';
      readonly build: string;
      /** Paths of the build's SHA256SUMS, below `dists/<suite>/`. */
      readonly lists: readonly string[];
      /** Names of directories that contain the build. */
      readonly directories: readonly string[];
    }
  /** Via a Packages index and the package that contains the build. */
  | {
      readonly kind: 'package';
      /**
       * Version of the package; `undefined` for the newest one, if the Release lists no builds and none is
       * pinned.
       */
      readonly build: string | undefined;
      /** Paths of the indexes below `dists/<suite>/`, without a compression extension. */
      readonly indexes: readonly string[];
    };

/** Installer that cannot be downloaded: its suite failed, or the Release rules it out. */
export interface ImpossibleInstaller {
  readonly selection: ImageSelection;
  /** Accepted release, if any. */
  readonly release: AcceptedRelease | undefined;
  readonly error: NetbootError;
}

/**
 * Plans the downloads for the suites that were requested.
 *
 * @param before - evidence of the previous generation
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
  // Suites that only daily builds need go last, since a bundle does not contain them.
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
    // Archives rebuilt by tools such as aptly sign packages but not installers.
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
  // If the store already has this build, the list goes first: its size is a thousandth of the package's.
  const isPackageFirst = release.view.quickestProof === 'package' && known?.build !== build;
  return {
    kind: 'signed',
    selection,
    release,
    proofs: isPackageFirst ? [byPackage, byList] : [byList, byPackage],
  };
}

/**
 * Returns the paths of the indexes to search. The package is architecture-independent, so any index may list
 * it; the one of `all` is the shortest.
 */
function packageIndexes(arch: Arch): readonly string[] {
  return [...new Set(['all', 'amd64', arch] as const)].map((name) => packageIndexPath(name));
}

function isAnyListed({ release }: AcceptedRelease, indexes: readonly string[]): boolean {
  return indexes.some((path) =>
    ['', '.gz', '.xz'].some((ending) => release.files.has(`${path}${ending}`)),
  );
}

/** Files of an installer, by their paths below `images/`. */
export interface WantedFiles {
  /** Kernels, then initrds. */
  readonly required: readonly string[];
  /** Paths of the UEFI loaders, by name below `debian-installer/<arch>/`. */
  readonly efi: ReadonlyMap<string, string>;
}

/** Returns the files that a selection needs. */
export function wantedFiles(arch: Arch, variants: readonly Variant[]): WantedFiles {
  const folders = variants.map((variant) => imageFolder({ arch, variant }));
  // Both variants have the same boot files.
  const first = imageFolder({ arch, variant: variants[0] ?? 'text' });
  return {
    required: ['linux', 'initrd.gz'].flatMap((name) =>
      folders.map((folder) => `${folder}/${name}`),
    ),
    efi: new Map(efiLoaderNames(arch).map((name) => [name, `${first}/${name}`])),
  };
}

/**
 * Returns paths in download order: kernels first, since they fill the link immediately; then small files; and
 * initrds, the largest, last, when nothing else has to wait for them.
 */
export function downloadOrder({ required, efi }: WantedFiles): readonly string[] {
  const initrds = required.filter((path) => path.endsWith('/initrd.gz'));
  const kernels = required.filter((path) => !initrds.includes(path));
  return [...kernels, ...efi.values(), ...initrds];
}
