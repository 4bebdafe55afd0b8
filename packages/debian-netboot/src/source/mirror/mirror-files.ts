import { type MirrorFiles, type MirrorFilesOptions } from './mirror-file.js';

/**
 * Opens connections to mirrors, by default only to `http://ftp.debian.org/debian`. Redirects follow the rules
 * of mirrorSource: they cannot lead from the Internet into a private network, or from a private network to
 * this host.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_INVALID_MIRROR`, `ERR_NETBOOT_INVALID_PROXY` or `ERR_NETBOOT_INVALID_CA`
 */
export async function openMirrorFiles(options: MirrorFilesOptions = {}): Promise<MirrorFiles> {
  // As in mirrorSource: loading the HTTP client takes a long time.
  const { MirrorReader } = await import('./mirror-reader.js');
  return new MirrorReader(options);
}
