/**
 * TFTP server and client on Node's UDP sockets.
 *
 * @packageDocumentation
 */
export { type TftpOption, type TftpOptions, type TransferMode } from '../codec/packet.js';
export { type TftpEndpointAddress } from '../endpoint/peer-table.js';
export { type DropReason } from '../endpoint/admission.js';
export { type EvictingLimit, type OutgoingPack } from '../endpoint/endpoint-events.js';
export { type EndpointLimits } from '../endpoint/limits.js';
export { type RateLimit } from '../endpoint/token-bucket.js';
export { TftpError, type TftpErrorCode, type TftpErrorOptions } from '../errors.js';
export { type PacingPolicy } from '../transfer/pacer.js';
export { type RetransmissionPolicy } from '../transfer/retransmission.js';
export { createTftpClient, type TftpClient } from './client/client.js';
export {
  type TftpClientOptions,
  type TftpDownloadStream,
  type TftpGetOptions,
  type TftpProgress,
  type TftpPutOptions,
  type TftpSummary,
  type TftpTransferOptions,
} from './client/client-options.js';
export {
  type DirectorySink,
  directorySink,
  type DirectorySinkOptions,
} from './content/directory-sink.js';
export {
  type DirectorySource,
  directorySource,
  type DirectorySourceOptions,
} from './content/directory-source.js';
export { type FileNameRules, parseFileName } from './content/file-name.js';
export { type TftpSink, type TftpWriteRequest } from './content/sink.js';
export {
  bytesSource,
  type BytesSource,
  type TftpReadRequest,
  type TftpSource,
} from './content/source.js';
export {
  DEFAULT_SERVER_LIMITS,
  type TftpServerLimits,
  type TftpServerUsage,
} from './server/server-limits.js';
export { createTftpServer, type TftpCloseOptions, type TftpServer } from './server/server.js';
export {
  type TftpServerEvent,
  type TransferFinishedEvent,
  type TransferOutcome,
  type TransferProgressEvent,
  type TransferStartedEvent,
} from './server/server-events.js';
export {
  type TftpListenAddress,
  type TftpQuirks,
  type TftpServerOptions,
} from './server/server-options.js';
export {
  type BindDatagramSocket,
  type DatagramBinding,
  type DatagramHandler,
  type DatagramSocket,
  type DatagramToSend,
  type DatagramTransport,
  type DgramAddress,
  type ReceivedDatagram,
  type SeriesToSend,
} from './udp/datagram-transport.js';
export { inheritedSockets, type TftpInheritedSocket } from './udp/inherited-sockets.js';
export { TftpListenError } from './udp/listen-error.js';
