/**
 * UDP sockets for Node that receive and send many datagrams per system call.
 *
 * @packageDocumentation
 */
export { bindUdpSocket, fallbackReason } from './bind.js';
export { bindDgramSocket } from './dgram-socket.js';
export { UdpBatchError, type UdpSystemError } from './errors.js';
export {
  type ReceivedUdpDatagram,
  type UdpBinding,
  type UdpDatagram,
  type UdpDestination,
  type UdpEndpoint,
  type UdpHandler,
  type UdpPack,
  type UdpSeries,
  type UdpSocket,
  type UdpSource,
} from './udp-socket.js';
