/** MAC address in lower case, with colons or hyphens. */
export const MAC = /^[\da-f]{2}(?:[:-][\da-f]{2}){5}$/;

/** UUID in lower case. */
export const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * UUIDs that do not identify a machine: unset ones (SMBIOS 3.7, 7.2.1), and the default of AMI's
 * firmware.
 */
const SHARED_UUIDS: ReadonlySet<string> = new Set([
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '03000200-0400-0500-0006-000700080009',
]);

/** Returns true for a UUID that does not identify a machine. */
export function isSharedUuid(uuid: string): boolean {
  return SHARED_UUIDS.has(uuid);
}
