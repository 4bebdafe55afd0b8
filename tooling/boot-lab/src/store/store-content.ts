/** A release that the lab boots installers of. */
export type Suite = 'trixie' | 'bookworm';

/**
 * Which releases the store under test holds: all that the lab's store has, or one of them. The
 * newest suite of several owns the loaders, so that each content is another server.
 */
export type StoreContent = 'all' | Suite;

/** The newest release in a store. */
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
