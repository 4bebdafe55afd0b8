/**
 * Options by code, in the order of their first appearance. A repeated option is one value (RFC 3396). Padding,
 * the end mark and the overload option (52) belong to the encoding and are not in the map.
 */
export type DhcpOptions = ReadonlyMap<number, Uint8Array>;

/** DHCPv4 message (RFC 2131 §2). A decoded message is a view into its datagram where possible. */
export interface DhcpMessage {
  /** `op`: `request` from a client, `reply` from a server. */
  readonly operation: 'request' | 'reply';
  /** `htype`: 1 for Ethernet. */
  readonly hardwareType: number;
  /** `chaddr`: hardware address of the client, at most 16 bytes. */
  readonly hardwareAddress: Uint8Array;
  /** `hops`: number of relays that the message passed. */
  readonly hops: number;
  /** `xid`: 32-bit random number that answers repeat. */
  readonly transactionId: number;
  /** `secs`: seconds since the client began to boot, as it counts them. */
  readonly seconds: number;
  /** `flags`: 16 bits, of which the highest requests a broadcast answer. */
  readonly flags: number;
  /** `ciaddr`: address that the client already has. */
  readonly clientAddress: string;
  /** `yiaddr`: address that the server gives to the client. */
  readonly yourAddress: string;
  /** `siaddr`: address of the server that has the boot file. */
  readonly nextServer: string;
  /** `giaddr`: address of the relay that the client's message came through. */
  readonly relayAddress: string;
  /** `sname`: name of the server, one character per byte; empty if the field holds options. */
  readonly serverName: string;
  /** `file`: name of the boot file, one character per byte; empty if the field holds options. */
  readonly file: string;
  readonly options: DhcpOptions;
}
