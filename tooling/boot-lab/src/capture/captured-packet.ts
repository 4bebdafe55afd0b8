import { LabError, tryCommand } from '@pxe/lab-host';

/** An IP address and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A UDP datagram or TCP segment, as captured. */
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
  ...[
    'frame.time_epoch',
    'ip.src',
    'ipv6.src',
    'ip.dst',
    'ipv6.dst',
    'ip.flags.mf',
    'ipv6.fraghdr.more',
  ],
  ...[
    'udp.srcport',
    'tcp.srcport',
    'udp.dstport',
    'tcp.dstport',
    'udp.payload',
    'tcp.payload',
    'tcp.stream',
    'tcp.seq',
  ],
];

/** Message from tshark for a file that is still being written. */
export const CUT_SHORT = 'cut short in the middle of a packet';

/**
 * Reads a pcap file with tshark. A truncated packet at its end is left out: the capture is still
 * being written.
 *
 * @throws {@link LabError} `ERR_LAB_PROGRAM` if tshark cannot read it; `ERR_LAB_MALFORMED` for a
 *   fragment: sums over datagrams would be wrong, and boot firmware cannot reassemble fragments
 */
export async function readCapture(file: string): Promise<CapturedPacket[]> {
  const { exitCode, stdout, stderr } = await tryCommand('tshark', [
    ...['-r', file, '-n', '-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE'],
    ...['-Y', '(ip || ipv6) && (udp || tcp) && !icmp && !icmpv6'],
    // Do not dissect the payload.
    ...['-o', 'tcp.desegment_tcp_streams:FALSE'],
    ...['http', 'tftp', 'dhcp', 'dhcpv6'].flatMap((protocol) => ['--disable-protocol', protocol]),
    ...['-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])],
  ]);
  if (exitCode !== 0 && !stderr.includes(CUT_SHORT)) {
    throw new LabError('ERR_LAB_PROGRAM', `tshark ended with ${exitCode}: ${stderr.trim()}`);
  }
  return stdout.split('\n').slice(0, -1).map(readFields);
}

function readFields(line: string): CapturedPacket {
  const [time, ...rest] = line.split('\t');
  // One field of each pair is empty: the pairs are for IPv4 and IPv6, or for UDP and TCP.
  const pair = (at: number): string => rest.slice(at, at + 2).join('');
  const [source, destination, moreFragments] = [pair(0), pair(2), pair(4)];
  const [stream, sequence] = rest.slice(12);
  if (['1', 'True'].includes(moreFragments)) {
    throw new LabError('ERR_LAB_MALFORMED', `fragmented datagram ${source} > ${destination}`);
  }
  return {
    time: Number(time),
    source: { address: source, port: Number(pair(6)) },
    destination: { address: destination, port: Number(pair(8)) },
    ...(stream && { tcp: { stream: Number(stream), sequence: Number(sequence) } }),
    payload: Buffer.from(pair(10), 'hex'),
  };
}
