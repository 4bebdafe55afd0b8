/** Kinds of boot client that doctor acts as, in the order of the report. */
export const CLIENT_KINDS = ['bios', 'uefi', 'arm64', 'http', 'ipxe'] as const;

/** Kind of boot client that doctor acts as. */
export type ClientKind = (typeof CLIENT_KINDS)[number];
