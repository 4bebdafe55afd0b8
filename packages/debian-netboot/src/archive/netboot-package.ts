import { type Arch } from '../catalog/arch.js';
import { findPackages, type PackageFile } from './package-index.js';

/** Common name prefix of all packages that contain an installer. */
const NAME_START = 'debian-installer-';

/**
 * Finds the packages `debian-installer-<release>-netboot-<arch>` in a Packages index. Each contains
 * the netboot images of one build, byte for byte; its version is the name of the build.
 */
export function findNetbootPackages(
  content: AsyncIterable<Uint8Array>,
  arch: Arch,
): Promise<PackageFile[]> {
  const name = new RegExp(`^${NAME_START}[0-9]+-netboot-${arch}$`);
  return findPackages(content, [NAME_START], (candidate) => name.test(candidate));
}

const PACKED_FILE = /^usr\/lib\/debian-installer\/images\/\d+\/([a-z0-9]+)\/(text|gtk)\/(.+)$/;

/**
 * Returns the path below `images/` of a file in a netboot package; `undefined` if it is not an installer file
 * of the architecture. The package has the `netboot` tree under `text`, and `netboot/gtk` under `gtk`.
 *
 * @param path - path inside the package
 */
export function netbootPackageFile(path: string, arch: Arch): string | undefined {
  const [, imageArch, variant, rest] = PACKED_FILE.exec(path) ?? [];
  if (imageArch !== arch || rest === undefined) {
    return undefined;
  }
  return variant === 'gtk' ? `netboot/gtk/${rest}` : `netboot/${rest}`;
}
