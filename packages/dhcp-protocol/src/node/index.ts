/**
 * ProxyDHCP service and PXE boot server on Node's UDP sockets.
 *
 * @packageDocumentation
 */
export { type Architecture, type FirmwareKind } from '../client/architectures.js';
export { type BootClient, type BootVendorClass } from '../client/boot-client.js';
export {
  AnswerLimits,
  type AnswerLimitOptions,
  type LimitedService,
} from '../responder/answer-limits.js';
export {
  type BootFile,
  type DatagramAddress,
  type Question,
  type ResponderOptions,
  type UnansweredReason,
} from '../responder/responder.js';
export { type RateLimit } from '../responder/token-bucket.js';
export { type BootOffer, type Referral } from '../probe/boot-offer.js';
export { type BootProbeResult, type ProbedClient } from '../probe/boot-probe.js';
export { type LeaseRequest } from '../probe/lease-request.js';
export { dhcpServerKind, type DhcpServerKind } from '../probe/server-kind.js';
export {
  createHttpBootService,
  type HttpBootEvent,
  type HttpBootService,
  type HttpBootServiceOptions,
} from './http-boot-service.js';
export { DhcpListenError } from './listen-error.js';
export {
  createProxyDhcpService,
  type ProxyDhcpEvent,
  type ProxyDhcpService,
  type ProxyDhcpServiceOptions,
} from './proxy-dhcp-service.js';
export {
  type BindDhcpSocket,
  type DhcpDatagram,
  type DhcpSocket,
  type DhcpSocketBinding,
  type DhcpSocketHandler,
} from './udp-socket.js';
