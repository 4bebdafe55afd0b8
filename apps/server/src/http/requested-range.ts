import { type IncomingHttpHeaders } from 'node:http';

import parseRange from 'range-parser';

/** Byte range of a file: positions of its first and last byte, both inclusive, counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Returns true if an If-Match header is absent, is `*`, or lists this ETag. */
export function matchesVersion(header: string | undefined, etag: string): boolean {
  if (header === undefined || header.trim() === '*') {
    return true;
  }
  return header.split(',').some((candidate) => candidate.trim() === etag);
}

/**
 * Returns the range to send, or `unsatisfiable` if the file does not contain any of it. Returns undefined for
 * the whole file, which a server may always send: if the request has no range, an invalid one or several, or
 * if the client's part is from another version (If-Range).
 */
export function requestedRange(
  headers: IncomingHttpHeaders,
  etag: string,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const { range, 'if-range': ifRange } = headers;
  if (range === undefined) {
    return undefined;
  }
  if (ifRange !== undefined && ifRange !== etag) {
    return undefined;
  }
  // A suffix longer than the file means all of it (RFC 9110, section 14.1.2).
  const suffix = /^bytes=-(\d+)$/.exec(range)?.[1];
  if (suffix !== undefined && Number(suffix) > size && size > 0) {
    return { start: 0, end: size - 1 };
  }
  const ranges = parseRange(size, range);
  if (ranges === -1) {
    return 'unsatisfiable';
  }
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) {
    return undefined;
  }
  return ranges[0];
}
