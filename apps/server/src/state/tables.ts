import { type ColumnType } from 'kysely';

/**
 * Row of `boots`. The columns are those that queries need; `boot` is the whole record as JSON, so that a new
 * field does not need a migration. Times are in milliseconds since 1970.
 */
export interface BootRow {
  readonly id: number;
  readonly address: string;
  readonly mac: string | null;
  readonly uuid: string | null;
  readonly started_at: number;
  readonly last_seen_at: number;
  readonly outcome: string;
  /** 1 if the requests must come from a client at its address, otherwise 0. */
  readonly proven: number;
  readonly boot: string;
}

/** Row of `machines`: one per MAC address, or per UUID if the MAC address is unknown. */
export interface MachineRow {
  /** MAC address, or the UUID if the MAC address is unknown. */
  readonly name: string;
  readonly mac: string | null;
  readonly uuid: string | null;
  /** Address of the last boot. */
  readonly address: string;
  readonly firmware: string | null;
  readonly arch: string | null;
  readonly first_seen_at: number;
  readonly last_seen_at: number;
  readonly last_boot: number;
  readonly last_outcome: string;
}

/** Row of `hosts`: one per host added at run time. */
export interface HostRow {
  /** Name in lower case. */
  readonly name: string;
  readonly created_at: number;
  /** Host as JSON, as in `hosts` of the configuration. */
  readonly host: string;
}

/** Row of `installs`: the last installation of a host or of an unknown machine. */
export interface InstallRow {
  /** Name of the host in lower case, or MAC address of an unknown machine. */
  readonly host: string;
  /** Version of the record: 1 at first, and incremented by each change. */
  readonly version: number;
  readonly state: string;
  /** Record as JSON. */
  readonly install: string;
  /**
   * Number of the last change, counted across all installations. Set by the database; only in PostgreSQL.
   */
  readonly changed: ColumnType<number, never, never>;
}

/**
 * Row of `changes`, a counter: changes to `hosts`, changes to `installs`, or removals of installations
 * (`removed_installs`). The database counts them; only in PostgreSQL.
 */
export interface ChangesRow {
  readonly name: string;
  readonly value: number;
}

/** Row of `pxeboot_secrets`: a key that daemons on the same database share. */
export interface SecretRow {
  readonly name: string;
  /** The key in hexadecimal. */
  readonly value: string;
}

/** Tables of the newest schema. */
export interface StateTables {
  readonly boots: BootRow;
  readonly machines: MachineRow;
  readonly hosts: HostRow;
  readonly installs: InstallRow;
  readonly changes: ChangesRow;
  readonly pxeboot_secrets: SecretRow;
}
