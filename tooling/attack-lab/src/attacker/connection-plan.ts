/** Behaviour of the connections. */
export interface ConnectionPlan {
  readonly server: string;
  readonly port: number;
  readonly connections: number;
  /** Number of source addresses, which are used in turn. */
  readonly addresses: number;
  /** Source address of all connections. @default the first `addresses` of `OWN_ADDRESSES` */
  readonly address?: string;
  /**
   * `mute` sends nothing; `idle` requests a path once, reads the response and stays connected;
   * `unread` requests a range of one of the paths, at an offset that depends on the connection, and reads
   * nothing;
   * `fields` requests a path once, with 1,000 header fields of different names.
   */
  readonly kind: 'mute' | 'idle' | 'unread' | 'fields';
  readonly paths: readonly string[];
  /** Size of the files in bytes, to compute ranges. */
  readonly fileBytes: number;
  readonly seconds: number;
  /** Maximum number of connections opened per second, until each has been opened. */
  readonly opensPerSecond: number;
  /**
   * Maximum number of connections reopened per second after that, when the server has closed some.
   */
  readonly reopensPerSecond: number;
}
