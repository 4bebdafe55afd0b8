import { type MirrorSourceOptions } from './mirror-options.js';

/** File that arrives from a mirror. Nothing about it is verified. */
export interface MirrorFile extends AsyncDisposable {
  /** True if the file is still the one that the request named; there is then no content. */
  readonly isUnmodified: boolean;
  /** Size in bytes; undefined if the mirror does not announce it. */
  readonly size: number | undefined;
  /** Last-Modified header from the mirror. */
  readonly lastModified: string | undefined;
  /** ETag from the mirror. */
  readonly etag: string | undefined;
  /**
   * Content in pieces, none if it was not requested; throws if it ends early or arrives too slowly. Can be read only
   * once.
   */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Request for a file from a mirror. */
export interface MirrorFileRequest {
  /** Aborts the request and the content. */
  readonly signal: AbortSignal;
  /** Value of If-Modified-Since. @default none */
  readonly ifModifiedSince?: string;
  /** Value of If-None-Match. @default none */
  readonly ifNoneMatch?: string;
  /** Requests only the headers, with HEAD. @default false */
  readonly isHead?: boolean;
}

/**
 * Reads single files from mirrors without verifying them, for clients that verify the archive themselves.
 */
export interface MirrorFiles extends AsyncDisposable {
  /**
   * Requests a file from the first mirror that has it.
   *
   * @param path - path below the root of the archive, as in `dists/trixie/InRelease`; `..` is refused
   * @throws {@link NetbootError} for the same reasons as mirrorSource, such as `ERR_NETBOOT_FILE_NOT_FOUND`
   *   if no mirror has the file
   */
  open(path: string, request: MirrorFileRequest): Promise<MirrorFile>;
  /**
   * Closes the connections once the files in progress have been read. Disposing of the object also ends the
   * transfers in progress.
   */
  close(): Promise<void>;
}

/** Options of {@link openMirrorFiles}. */
export type MirrorFilesOptions = Pick<
  MirrorSourceOptions,
  | 'mirrors'
  | 'dispatcher'
  | 'ca'
  | 'connectTimeoutMs'
  | 'answerTimeoutMs'
  | 'minBytesPerSecond'
  | 'speedWindowMs'
  | 'maxRedirects'
>;
