import { type StoredTarget, suiteFacts } from '@pxe/debian-netboot';

/**
 * What someone should know of an image before installing it, a few words each: the images that a
 * signature vouches for and that get security updates have no notes.
 */
export function imageNotes({
  suite,
  trust,
  unsigned,
}: Pick<StoredTarget, 'suite' | 'trust' | 'unsigned'>): readonly string[] {
  const notes: string[] = [];
  if (suiteFacts(suite).kind === 'archived') {
    notes.push('archived, no security support');
  }
  if (trust === 'tls') {
    notes.push('daily, not signed, TLS only');
  }
  if (unsigned === true) {
    notes.push('not signed');
  }
  return notes;
}
