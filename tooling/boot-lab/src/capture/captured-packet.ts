import { LabError, tryCommand } from '@pxe/lab-host';

/** An IPv4 address and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A UDP datagram or TCP segment over IPv4, as captured. */
export interface CapturedPacket {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Position of a TCP segment; undefined for UDP. */
  readonly tcp?: {
    /** Number of the connection in the capture. A port that is used again has a new connection. */
    readonly stream: number;
    /** Relative sequence number: the first byte that a side sends has 1. */
    readonly sequence: number;
  };
  readonly payload: Uint8Array;
}

const FIELDS = [
  ...['frame.time_epoch', 'ip.src', 'ip.dst', 'ip.flags.mf', 'udp.srcport', 'tcp.srcport'],
  ...['udp.dstport', 'tcp.dstport', 'udp.payload', 'tcp.payload', 'tcp.stream', 'tcp.seq'],
];

/** Message of tshark for a file that is still being written. */
const CUT_SHORT = 'cut short in the middle of a packet';

/**
 * Reads a pcap file with tshark. A truncated packet at its end is left out: the capture is still
 * being written.
 *
 * @throws {@link LabError} `ERR_LAB_PROGRAM` if tshark cannot read it; `ERR_LAB_MALFORMED` for a
 *   fragment: sums over datagrams would be wrong, and boot firmware cannot reassemble fragments
 */
export async function readCapture(file: string): Promise<CapturedPacket[]> {
  const { exitCode, stdout, stderr } = await tryCommand('tshark', [
    ...['-r', file, '-n', '-o', 'ip.defragment:FALSE', '-Y', 'ip && (udp || tcp) && !icmp'],
    // Do not dissect the payload.
    ...['-o', 'tcp.desegment_tcp_streams:FALSE'],
    ...['http', 'tftp', 'dhcp'].flatMap((protocol) => ['--disable-protocol', protocol]),
    ...['-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])],
  ]);
  if (exitCode !== 0 && !stderr.includes(CUT_SHORT)) {
    throw new LabError('ERR_LAB_PROGRAM', `tshark ended with ${exitCode}: ${stderr.trim()}`);
  }
  return stdout.split('\n').slice(0, -1).map(readFields);
}

function readFields(line: string): CapturedPacket {
  const [time, source = '', destination = '', moreFragments = '', ...rest] = line.split('\t');
  // Each pair has a UDP and a TCP field, and one of them is empty.
  const [sourcePort, destinationPort, payload] = [0, 2, 4].map((at) =>
    rest.slice(at, at + 2).join(''),
  );
  const [stream, sequence] = rest.slice(6);
  if (['1', 'True'].includes(moreFragments)) {
    throw new LabError('ERR_LAB_MALFORMED', `fragmented datagram ${source} > ${destination}`);
  }
  return {
    time: Number(time),
    source: { address: source, port: Number(sourcePort) },
    destination: { address: destination, port: Number(destinationPort) },
    ...(stream && { tcp: { stream: Number(stream), sequence: Number(sequence) } }),
    payload: Buffer.from(payload ?? '', 'hex'),
  };
}
