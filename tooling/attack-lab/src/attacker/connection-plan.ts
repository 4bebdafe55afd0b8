/** Behaviour of the connections. */
export interface ConnectionPlan {
  readonly server: string;
  readonly port: number;
  readonly connections: number;
  /** Addresses that they come from, in turn. */
  readonly addresses: number;
  /**
   * `mute` sends nothing; `idle` asks for a path once, reads the answer and stays; `unread` asks for
   * a part of one of the paths, each at another place, and reads nothing.
   */
  readonly kind: 'mute' | 'idle' | 'unread';
  readonly paths: readonly string[];
  /** Size of the files, for parts. */
  readonly fileBytes: number;
  readonly seconds: number;
  /** Most connections opened in a second, until each was opened once. */
  readonly opensPerSecond: number;
  /** Most connections opened in a second after that, in place of those that the server ended. */
  readonly reopensPerSecond: number;
}

/** Result of the plan. */
export interface HeldConnections {
  readonly opened: number;
  /** Connections that were open at the same time, at the most. */
  readonly heldAtMost: number;
}
