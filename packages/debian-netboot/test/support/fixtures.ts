import { readFileSync } from 'node:fs';

/** The suites whose InRelease is among the fixtures. */
export type FixtureSuite = 'bullseye' | 'bookworm' | 'trixie' | 'forky';

const DIRECTORY = new URL('../fixtures/archive/', import.meta.url);

/** Time shortly after the fixtures were taken from the archive, before forky's expires. */
export const FIXTURE_TIME: number = Date.parse('2026-11-01T00:00:00Z');

/** Returns a suite's InRelease as Debian signed it. */
export function fixtureInRelease(suite: FixtureSuite): Buffer {
  return readFileSync(new URL(`${suite}_InRelease`, DIRECTORY));
}

/** Returns the text of a suite's InRelease, without checking the signature. */
export function fixtureReleaseText(suite: FixtureSuite): string {
  const text = fixtureInRelease(suite).toString('utf8');
  return text.slice(text.indexOf('\n\n') + 2, text.indexOf('\n-----BEGIN PGP SIGNATURE-----'));
}

/** Returns the SHA256SUMS of a suite's current installer. */
export function fixtureChecksums(suite: 'bookworm' | 'trixie', arch: 'amd64' | 'arm64'): Buffer {
  return readFileSync(
    new URL(`${suite}_main_installer-${arch}_current_images_SHA256SUMS`, DIRECTORY),
  );
}
