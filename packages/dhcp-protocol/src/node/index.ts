/**
 * ProxyDHCP service and PXE boot server on Node's UDP sockets.
 *
 * @packageDocumentation
 */
export { type Architecture, type FirmwareKind } from '../client/architectures.js';
export { type BootClient, type BootVendorClass } from '../client/boot-client.js';
export { AnswerLimits, type AnswerLimitOptions } from '../responder/answer-limits.js';
export {
  type BootFile,
  type DatagramAddress,
  type Question,
  type ResponderOptions,
  type UnansweredReason,
} from '../responder/responder.js';
export { type RateLimit } from '../responder/token-bucket.js';
export { DhcpListenError } from './listen-error.js';
export {
  createProxyDhcpService,
  type ProxyDhcpEvent,
  type ProxyDhcpService,
  type ProxyDhcpServiceOptions,
} from './proxy-dhcp-service.js';
