/** UDP port of DHCPv6 servers and relays (RFC 8415 §7.2). */
export const DHCPV6_SERVER_PORT = 547;

/** UDP port of DHCPv6 clients (RFC 8415 §7.2). */
export const DHCPV6_CLIENT_PORT = 546;

/** Multicast address of all DHCPv6 servers and relays on a link (RFC 8415 §7.1). */
export const DHCPV6_SERVERS_ADDRESS = 'ff02::1:2';

/** Types of DHCPv6 messages (RFC 8415 §7.3). */
export const Dhcpv6MessageType = {
  solicit: 1,
  advertise: 2,
  request: 3,
  confirm: 4,
  renew: 5,
  rebind: 6,
  reply: 7,
  release: 8,
  decline: 9,
  reconfigure: 10,
  informationRequest: 11,
  relayForward: 12,
  relayReply: 13,
} as const;

/** Codes of the DHCPv6 options that matter for network boot (RFC 8415 §21, RFC 5970 §3). */
export const Dhcpv6OptionCode = {
  clientIdentifier: 1,
  serverIdentifier: 2,
  identityAssociation: 3,
  optionRequest: 6,
  elapsedTime: 8,
  userClass: 15,
  vendorClass: 16,
  bootFileUrl: 59,
  bootFileParameters: 60,
  clientArchitecture: 61,
  clientNetworkInterface: 62,
} as const;

/** Options by code, in the order of their first appearance; each has its values in order. */
export type Dhcpv6Options = ReadonlyMap<number, readonly Uint8Array[]>;

/** DHCPv6 message between a client and a server (RFC 8415 §8). The values of a decoded message are views. */
export interface Dhcpv6Message {
  readonly messageType: number;
  /** 24-bit random number that answers repeat. */
  readonly transactionId: number;
  readonly options: Dhcpv6Options;
}
