import { counted } from './log/counted.js';

/** Work that a daemon finishes or aborts before it stops. */
export interface UnfinishedWork {
  /** Number of TFTP transfers and HTTP responses in progress, which the daemon allows to finish. */
  readonly transfers: number;
  /** True while images are being fetched, which the daemon aborts; that takes a moment. */
  readonly isFetching: boolean;
}

/** Returns a description of what a stopping daemon is waiting for; undefined if it waits for nothing. */
export function unfinishedText({ transfers, isFetching }: UnfinishedWork): string | undefined {
  const parts = [
    ...(transfers > 0 ? [counted(transfers, 'transfer')] : []),
    ...(isFetching ? ['the fetch of images to end'] : []),
  ];
  return parts.length === 0 ? undefined : `waiting for ${parts.join(', and for ')}`;
}
