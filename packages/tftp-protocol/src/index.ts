/**
 * TFTP without I/O: packets, option negotiation and the state machines of a transfer. Nothing here
 * reads a clock, opens a socket or starts a timer; `@pxe/tftp-protocol/node` does.
 *
 * @packageDocumentation
 */
export { type Rollover } from './codec/block-number.js';
export {
  DATA_HEADER_BYTES,
  DEFAULT_BLKSIZE,
  MAX_BLKSIZE,
  MAX_CONTROL_BYTES,
  MAX_REQUEST_BYTES,
  MAX_WINDOWSIZE,
  MIN_BLKSIZE,
  Opcode,
  TFTP_PORT,
  WireErrorCode,
} from './codec/constants.js';
export { decodePacket, type DecodeFailureReason, type DecodeResult } from './codec/decode.js';
export { encodedLength, encodePacket } from './codec/encode.js';
export {
  type AckPacket,
  type DataPacket,
  type ErrorPacket,
  findOption,
  type OptionAckPacket,
  parseTransferMode,
  type ReadRequestPacket,
  type RequestPacket,
  type TftpOption,
  type TftpOptions,
  type TftpPacket,
  type TransferMode,
  type WriteRequestPacket,
} from './codec/packet.js';
export { type TftpEndpointAddress } from './endpoint/peer-table.js';
export { type DropReason, type RequestStanding } from './endpoint/admission.js';
export { type DeadlineSlot, type Scheduled } from './endpoint/deadline-queue.js';
export { DEFAULT_ENDPOINT_LIMITS, type EndpointLimits } from './endpoint/limits.js';
export {
  type EndpointEvent,
  type EndpointPath,
  type EvictingLimit,
  type OutgoingPack,
  type RoutedDatagram,
  type RoutedPack,
  type RoutedSeries,
  type TransferEnding,
} from './endpoint/endpoint-events.js';
export {
  type AcceptanceTerms,
  ServerEndpoint,
  type ServerEndpointOptions,
} from './endpoint/server-endpoint.js';
export { type ServerTransfer } from './endpoint/server-transfer.js';
export { type RateLimit } from './endpoint/token-bucket.js';
export { TftpError, type TftpErrorCode, type TftpErrorOptions, wireMessage } from './errors.js';
export { acceptOptionAck, type OptionAckResult } from './negotiation/accept-option-ack.js';
export {
  DEFAULT_NEGOTIATION_POLICY,
  negotiate,
  type NegotiationFacts,
  type NegotiationPolicy,
  type NegotiationResult,
} from './negotiation/negotiate.js';
export { type KnownOption } from './negotiation/option-value.js';
export { DEFAULT_PARAMETERS, type TransferParameters } from './negotiation/parameters.js';
export { encodeNetascii, NetasciiDecoder } from './netascii/netascii.js';
export { NetasciiSource } from './netascii/netascii-source.js';
export { type UnprovenPeer } from './transfer/allowance.js';
export {
  type BlockPlace,
  type BlockSource,
  type OutgoingDatagram,
  type OutgoingSeries,
  type TransferEvent,
  type TransferFailure,
  type TransferMachine,
} from './transfer/machine.js';
export { DEFAULT_PACING_POLICY, type PacingPolicy } from './transfer/pacer.js';
export {
  type ReceiveOpening,
  type ReceiveState,
  type ReceiveStats,
  ReceiveTransfer,
  type ReceiveTransferOptions,
} from './transfer/receive-transfer.js';
export {
  DEFAULT_RETRANSMISSION_POLICY,
  type RetransmissionPolicy,
} from './transfer/retransmission.js';
export {
  type SendOpening,
  type SendState,
  type SendStats,
  SendTransfer,
  type SendTransferOptions,
} from './transfer/send-transfer.js';
