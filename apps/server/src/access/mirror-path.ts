/**
 * Folder in the boot namespace that holds the files of the configured mirror: `/mirror/http/dists/...`.
 */
export const MIRROR_FOLDER = '/mirror/http';

/** Path in an archive, below `dists` or `pool`, made of the characters that its file names may contain. */
const ARCHIVE_PATH = /^(?:dists|pool)(?:\/[\w.~+:=@,-]+)+$/;
/** Maximum length of a path in an archive, in characters; Debian's longest has under 200. */
const MAX_LENGTH = 512;

/** Returns true for a path in the mirror's folder. */
export function isMirrorPath(path: string): boolean {
  return path.startsWith(`${MIRROR_FOLDER}/`);
}

/**
 * Returns the path within the archive that a path in the mirror's folder names, if it is below `dists` or
 * `pool` and made of characters that occur in an archive's file names. Returns undefined for any other path.
 *
 * @param path - result of {@link requestPath}, without `..` and with every escape decoded once
 */
export function archivePath(path: string): string | undefined {
  const name = path.slice(MIRROR_FOLDER.length + 1);
  return isMirrorPath(path) && name.length <= MAX_LENGTH && ARCHIVE_PATH.test(name)
    ? name
    : undefined;
}
