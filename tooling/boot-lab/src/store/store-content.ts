/** Release whose installers the lab boots. */
export type Suite = 'trixie' | 'bookworm';

/**
 * Releases in the store under test: all of the lab's store, or one of them. Loaders come from the
 * newest suite, so each content is a different server.
 */
export type StoreContent = 'all' | Suite;

/** Returns the newest release in a store. */
export function newestSuite(content: StoreContent): Suite {
  return content === 'all' ? 'trixie' : content;
}

/** Contents of a narrowed store: every installer for the lab's machines. */
export const SUITE_IMAGES: Readonly<Record<Suite, readonly string[]>> = {
  trixie: ['trixie:amd64+arm64:text'],
  bookworm: ['bookworm:amd64+arm64+i386:text', 'bookworm:amd64:gtk'],
};

/** Required contents of the lab's own store. */
export const LAB_IMAGES: readonly string[] = Object.values(SUITE_IMAGES).flat();
