import { type ImageSource } from '../image-source.js';
import { parseCertificates } from './certificates.js';
import { type MirrorSourceOptions } from './mirror-options.js';
import { parseMirror } from './mirror-urls.js';

/** Debian's own mirror, by its traditional name. */
export const DEFAULT_MIRROR = 'http://ftp.debian.org/debian';

/** Only server with suites that have been removed from the mirrors. */
const DEFAULT_ARCHIVE = 'http://archive.debian.org/debian';

/**
 * Returns a source that gets installer images from Debian mirrors. It downloads only the required files,
 * several of them concurrently, and resumes partial downloads.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_INVALID_MIRROR` or `ERR_NETBOOT_INVALID_CA`
 * @throws RangeError if `mirrors` is empty
 */
export function mirrorSource(options: MirrorSourceOptions = {}): ImageSource {
  const mirrors = (options.mirrors ?? [DEFAULT_MIRROR]).map(parseMirror);
  const archives = options.mirrors === undefined ? [parseMirror(DEFAULT_ARCHIVE)] : mirrors;
  if (options.ca !== undefined && options.dispatcher === undefined) {
    parseCertificates(options.ca);
  }
  if (mirrors.length === 0) {
    throw new RangeError('mirrors: expected at least one URL, got none');
  }
  return {
    name: `mirror ${mirrors.map(({ root }) => root.href.replace(/\/$/, '')).join(', ')}`,
    kind: 'mirror',
    open: async (request) => {
      // Loading the HTTP client takes longer than an entire run of a program that only reads a store.
      const { MirrorSession } = await import('./mirror-session.js');
      return MirrorSession.open({ mirrors, archives }, options, request);
    },
  };
}
