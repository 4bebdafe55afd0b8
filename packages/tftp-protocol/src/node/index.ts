/**
 * TFTP on the UDP sockets of Node.
 *
 * @packageDocumentation
 */
export { type TftpOptions, type TransferMode } from '../codec/packet.js';
export { type TftpEndpointAddress } from '../endpoint/address.js';
export { type DropReason } from '../endpoint/admission.js';
export { TftpError, type TftpErrorCode, type TftpErrorOptions } from '../errors.js';
export {
  type DatagramHandler,
  type DatagramToSend,
  type DatagramTransport,
  type ReceivedDatagram,
} from './datagram-transport.js';
export { TftpListenError } from './listen-error.js';
export { createTftpServer, type TftpCloseOptions, type TftpServer } from './server.js';
export {
  type TftpServerEvent,
  type TransferFinishedEvent,
  type TransferOutcome,
} from './server-events.js';
export { type TftpListenAddress, type TftpServerOptions } from './server-options.js';
export { type TftpReadRequest, type TftpSource } from './source.js';
