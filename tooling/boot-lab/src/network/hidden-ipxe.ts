import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Offsets into an Ethernet frame with an IPv4 datagram, and from its UDP header on, in bytes. */
const ETHERTYPE = 12;
const IP = 14;
const IP_PROTOCOL = IP + 9;
const UDP_DESTINATION = 2;
const UDP_CHECKSUM = 6;
const UDP_HEADER = 8;

const IPV4 = 0x0800;
const UDP = 17;
/** Ports of DHCP servers and of PXE boot servers. */
const SERVER_PORTS = [67, 4011];

/** Offset of the options in a DHCP message, after the fixed fields and the magic cookie (RFC 2131 §3). */
const OPTIONS = 236 + 4;
const PAD = 0;
const END = 255;
/** Options that only iPXE sends: its user class, and its own one. */
const USER_CLASS = 77;
const IPXE = 175;

/**
 * Length of what precedes each frame in QEMU's streams: two numbers of 32 bits, big-endian. The first is the length of
 * what follows both, the second the length of the header of virtio at its beginning.
 */
const LENGTHS_BYTES = 8;

/**
 * Removes what tells iPXE from other PXE ROMs from a frame that contains a DHCP message to a server, in place. Other
 * frames stay as they are.
 */
export function hideIpxe(frame: Buffer): void {
  const udp = frame.length > IP ? IP + (frame.readUInt8(IP) & 0x0f) * 4 : frame.length;
  const options = udp + UDP_HEADER + OPTIONS;
  const isToServer =
    frame.length > options &&
    frame.readUInt16BE(ETHERTYPE) === IPV4 &&
    frame.readUInt8(IP_PROTOCOL) === UDP &&
    SERVER_PORTS.includes(frame.readUInt16BE(udp + UDP_DESTINATION));
  const own = isToServer ? optionsOf(frame, options) : [];
  // A user class alone does not identify iPXE, since an installer sends one as well.
  if (!own.some(({ code }) => code === IPXE)) {
    return;
  }
  for (const { code, start, end } of own) {
    if (code === IPXE || code === USER_CLASS) {
      frame.fill(PAD, start, end);
    }
  }
  // No checksum: over IPv4, it is optional.
  frame.writeUInt16BE(0, udp + UDP_CHECKSUM);
}

interface PlacedOption {
  readonly code: number;
  readonly start: number;
  readonly end: number;
}

function optionsOf(frame: Buffer, first: number): readonly PlacedOption[] {
  const found: PlacedOption[] = [];
  let start = first;
  while (start + 1 < frame.length && frame[start] !== END) {
    const code = frame.readUInt8(start);
    const end = code === PAD ? start + 1 : start + 2 + frame.readUInt8(start + 1);
    found.push({ code, start, end: Math.min(end, frame.length) });
    start = end;
  }
  return found;
}

/** Passes a stream of frames on, each after {@link hideIpxe}. */
async function* withoutIpxe(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const part of stream) {
    rest = Buffer.concat([rest, part]);
    let start = 0;
    while (rest.length - start >= LENGTHS_BYTES) {
      const end = start + LENGTHS_BYTES + rest.readUInt32BE(start);
      if (end > rest.length) {
        break;
      }
      hideIpxe(rest.subarray(start + LENGTHS_BYTES + rest.readUInt32BE(start + 4), end));
      start = end;
    }
    yield rest.subarray(0, start);
    rest = rest.subarray(start);
  }
}

/** Frames that QEMU's filters see: those that the netdev `cable` receives from the machine, with virtio's headers. */
const QUEUE = 'netdev=cable,queue=rx,vnet_hdr_support=on';

/** Part of a machine's cable that hides iPXE. */
export interface HiddenIpxe extends AsyncDisposable {
  /** QEMU's arguments, after those of the netdev `cable`. */
  readonly args: readonly string[];
}

/**
 * Makes the iPXE in the ROM of QEMU's cards look like the PXE ROM of another vendor: QEMU passes all frames that the
 * machine sends through this process, by sockets in a directory.
 */
export async function startHiddenIpxe(directory: string): Promise<HiddenIpxe> {
  const paths = [join(directory, 'from-machine.sock'), join(directory, 'to-network.sock')] as const;
  const [fromMachine, toNetwork] = await Promise.all([listen(paths[0]), listen(paths[1])]);
  const sockets: Socket[] = [];
  const passing = Promise.all([connection(fromMachine), connection(toNetwork)]).then(
    async ([from, to]) => {
      sockets.push(from, to);
      await pipeline(from, withoutIpxe, to);
    },
  );
  passing.catch((error: unknown) => {
    // QEMU closes the sockets when the machine is turned off.
    const closed = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'];
    if (!closed.includes((error as NodeJS.ErrnoException).code ?? '')) {
      console.error('The cable that hides iPXE failed:', error);
    }
  });
  return {
    args: [
      ...['-chardev', `socket,id=from-machine,path=${paths[0]}`],
      ...['-chardev', `socket,id=to-network,path=${paths[1]}`],
      // Frames of the machine pass the last filter first.
      ...['-object', `filter-redirector,id=hide-in,indev=to-network,${QUEUE}`],
      ...['-object', `filter-redirector,id=hide-out,outdev=from-machine,${QUEUE}`],
    ],
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      await Promise.all([close(fromMachine), close(toNetwork)]);
    },
  };
}

async function listen(path: string): Promise<Server> {
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  return server;
}

async function connection(server: Server): Promise<Socket> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  return socket;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}
