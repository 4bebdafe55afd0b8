/**
 * Row of `boots`. The columns are those that queries need; `boot` is the whole record as JSON, so that
 * a new field of a boot needs no migration. Times are in milliseconds since 1970.
 */
export interface BootRow {
  readonly id: number;
  readonly address: string;
  readonly mac: string | null;
  readonly uuid: string | null;
  readonly started_at: number;
  readonly last_seen_at: number;
  readonly outcome: string;
  /** 1 if only a client at its address can have caused the requests, otherwise 0. */
  readonly proven: number;
  readonly boot: string;
}

/** Row of `machines`: one per MAC address, or per UUID if the MAC address is unknown. */
export interface MachineRow {
  /** MAC address, or else UUID. */
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

/** Tables of the newest schema. */
export interface StateTables {
  readonly boots: BootRow;
  readonly machines: MachineRow;
}
