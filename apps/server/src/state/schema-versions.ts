/** Name of the table that lists the applied versions in its column `name`. */
export const VERSIONS_TABLE = 'state_versions';

/**
 * Every version of the schema, from the first to the newest. There are no down migrations. A released
 * migration must never be changed: add another one instead.
 */
export const SCHEMA_VERSIONS = [
  '0001-boots',
  '0002-machines',
  '0003-installs',
  '0004-changes',
  '0005-boots-by-start',
  '0006-secrets',
] as const;

/** Version of the schema. */
export type SchemaVersion = (typeof SCHEMA_VERSIONS)[number];

/** Returns the versions in `applied` that this program does not know, since a newer program applied them. */
export function unknownVersions(applied: readonly string[]): readonly string[] {
  return applied.filter((name) => !(SCHEMA_VERSIONS as readonly string[]).includes(name));
}

/** Returns true if the applied versions are exactly those of this program. */
export function isNewest(applied: readonly string[]): boolean {
  return applied.length === SCHEMA_VERSIONS.length && unknownVersions(applied).length === 0;
}
