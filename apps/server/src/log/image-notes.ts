import { type StoredTarget } from '@pxe/debian-netboot';
import { suiteFacts } from '@pxe/debian-netboot/catalog';

/**
 * Returns short notes to read before installing an image. Signed images of a suite that is not archived have
 * none.
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
