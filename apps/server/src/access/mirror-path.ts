/** Folder of the boot namespace with the files of the configured mirror: `/mirror/http/dists/...`. */
export const MIRROR_FOLDER = '/mirror/http';

/** Folders of an archive, and the characters of the names in them. */
const ARCHIVE_PATH = /^(?:dists|pool)(?:\/[\w.~+:=@,-]+)+$/;
/** Maximum length of a path in an archive, in characters; Debian's longest has under 200. */
const MAX_LENGTH = 512;

/** Returns true for a path of the mirror's folder. */
export function isMirrorPath(path: string): boolean {
  return path.startsWith(`${MIRROR_FOLDER}/`);
}

/**
 * Returns the path within the archive that a path of the mirror's folder names: below `dists` or `pool`, of the
 * characters that file names of an archive have. Returns undefined for any other path.
 *
 * @param path - result of {@link requestPath}, without `..` and with every escape decoded once
 */
export function archivePath(path: string): string | undefined {
  const name = path.slice(MIRROR_FOLDER.length + 1);
  return isMirrorPath(path) && name.length <= MAX_LENGTH && ARCHIVE_PATH.test(name)
    ? name
    : undefined;
}
