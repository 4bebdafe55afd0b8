/**
 * DHCP for network boot, without I/O: messages and their options, the clients that send them, and the ProxyDHCP and
 * PXE Boot Server responders; the same for UEFI HTTP Boot over DHCPv6. Nothing here reads a clock, opens a socket or
 * starts a timer.
 *
 * @packageDocumentation
 */
export {
  type Architecture,
  architectureOf,
  type FirmwareKind,
  isKnownArchitecture,
} from './client/architectures.js';
export { type BootClient, type BootVendorClass, classifyClient } from './client/boot-client.js';
export { addressBytes, formatAddress, parseAddress } from './codec/address.js';
export {
  DHCP_CLIENT_PORT,
  DHCP_SERVER_PORT,
  DiscoveryControl,
  IpxeOptionCode,
  MAX_MESSAGE_BYTES,
  MessageType,
  MIN_MESSAGE_BYTES,
  NO_ADDRESS,
  OptionCode,
  OPTIONS_OFFSET,
  PXE_BOOT_SERVER_PORT,
  PxeOptionCode,
} from './codec/constants.js';
export { decodeMessage, type DecodeFailureReason, type DecodeResult } from './codec/decode.js';
export { encodeMessage, type EncodeOptions } from './codec/encode.js';
export { type DhcpMessage, type DhcpOptions } from './codec/message.js';
export { decodeSubOptions, encodeSubOptions, type SubOptionsResult } from './codec/option-list.js';
export {
  addressesOption,
  architecturesOf,
  bootFileOf,
  machineUuidOf,
  macOf,
  messageTypeOf,
  type NetworkInterface,
  networkInterfaceOf,
  textOption,
  userClassesOf,
} from './codec/option-values.js';
export {
  decodePxeBootItem,
  decodePxeBootServers,
  decodePxeMenu,
  decodePxeMenuPrompt,
  encodePxeBootItem,
  encodePxeBootServers,
  encodePxeMenu,
  encodePxeMenuPrompt,
  type PxeBootItem,
  type PxeBootServers,
  type PxeMenuEntry,
  type PxeMenuPrompt,
} from './codec/pxe-values.js';
export { type BootOffer, readBootOffer, type Referral, referralOf } from './probe/boot-offer.js';
export {
  BootProbe,
  type BootProbeOptions,
  type BootProbeResult,
  type ProbeDatagram,
  type ProbedClient,
} from './probe/boot-probe.js';
export { type LeaseRequest, readLeaseRequest } from './probe/lease-request.js';
export { dhcpServerKind, type DhcpServerKind } from './probe/server-kind.js';
export {
  AnswerLimits,
  type AnswerLimitOptions,
  type LimitedService,
} from './responder/answer-limits.js';
export { BootServerResponder } from './responder/boot-server.js';
export { type ProxyDhcpOptions, ProxyDhcpResponder } from './responder/proxy-dhcp.js';
export {
  type Answer,
  type BootFile,
  type DatagramAddress,
  type Question,
  type ResponderOptions,
  type ResponderResult,
  type UnansweredReason,
} from './responder/responder.js';
export { type RateLimit } from './responder/token-bucket.js';
export {
  bootSolicit,
  type BootSolicitOptions,
  type Dhcpv6BootOffer,
  readDhcpv6BootOffer,
} from './v6/boot-solicit.js';
export {
  decodeDhcpv6Message,
  type Dhcpv6DecodeFailureReason,
  type Dhcpv6DecodeResult,
  encodeDhcpv6Message,
} from './v6/codec.js';
export { classifyHttpBootClient } from './v6/http-boot-client.js';
export {
  type Dhcpv6Question,
  HttpBootResponder,
  type HttpBootResponderOptions,
  type HttpBootResult,
} from './v6/http-boot-responder.js';
export {
  DHCPV6_CLIENT_PORT,
  DHCPV6_SERVER_PORT,
  DHCPV6_SERVERS_ADDRESS,
  type Dhcpv6Message,
  Dhcpv6MessageType,
  Dhcpv6OptionCode,
  type Dhcpv6Options,
} from './v6/message.js';
