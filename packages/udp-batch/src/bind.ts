import { BatchSockets } from './batch-socket.js';
import { bindDgramSocket } from './dgram-socket.js';
import { loadNativeModule } from './native-binding.js';
import { type UdpBinding, type UdpHandler, type UdpSocket } from './udp-socket.js';

const NATIVE = loadNativeModule();
const SOCKETS = NATIVE.ok ? new BatchSockets(NATIVE.binding) : undefined;

/** Reason for using sockets of `node:dgram`; undefined if native ones are used. */
export const fallbackReason: string | undefined = NATIVE.ok ? undefined : NATIVE.reason;

/**
 * Binds a UDP socket: a native one if possible, otherwise one of `node:dgram` ({@link fallbackReason} gives
 * the reason).
 *
 * @throws {@link UdpBatchError} when an option needs the native module and there is none
 * @throws Node.js system error with a `code` (`EACCES`, `EADDRINUSE`, `EINVAL`, `ENODEV`, ...) when the socket
 * cannot be opened, set up, bound or connected
 */
export async function bindUdpSocket(binding: UdpBinding, handler: UdpHandler): Promise<UdpSocket> {
  return SOCKETS === undefined
    ? await bindDgramSocket(binding, handler)
    : SOCKETS.bind(binding, handler);
}
