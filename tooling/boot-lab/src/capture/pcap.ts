/** One captured Ethernet frame. */
export interface CapturedFrame {
  /** Seconds since the epoch. */
  readonly time: number;
  /** Bytes of the frame: a view into the capture. */
  readonly bytes: Uint8Array;
}

const FILE_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;
const LINKTYPE_ETHERNET = 1;

/**
 * Reads a pcap file (draft-ietf-opsawg-pcap), of either byte order and resolution. A truncated
 * record at the end of the file is left out: the capture is still being written.
 *
 * @throws {@link LabError} `ERR_LAB_MALFORMED` if it is not a pcap file of Ethernet frames
 */
export function* readPcap(file: Uint8Array): Generator<CapturedFrame> {
  if (file.length < FILE_HEADER_LENGTH) {
    return;
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const { littleEndian, fraction } = byteOrder(view);
  const linkType = view.getUint32(20, littleEndian) & 0x0fff_ffff;
  if (linkType !== LINKTYPE_ETHERNET) {
    throw new LabError('ERR_LAB_MALFORMED', `capture of link type ${linkType}, not Ethernet`);
  }
  let offset = FILE_HEADER_LENGTH;
  while (offset + RECORD_HEADER_LENGTH <= file.length) {
    const length = view.getUint32(offset + 8, littleEndian);
    const end = offset + RECORD_HEADER_LENGTH + length;
    if (end > file.length) {
      return;
    }
    const seconds = view.getUint32(offset, littleEndian);
    const time = seconds + view.getUint32(offset + 4, littleEndian) / fraction;
    yield { time, bytes: file.subarray(offset + RECORD_HEADER_LENGTH, end) };
    offset = end;
  }
}

function byteOrder(view: DataView): { littleEndian: boolean; fraction: number } {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === 0xa1b2_c3d4) {
      return { littleEndian, fraction: 1e6 };
    }
    if (magic === 0xa1b2_3c4d) {
      return { littleEndian, fraction: 1e9 };
    }
  }
  throw new LabError('ERR_LAB_MALFORMED', 'the capture is not a pcap file');
}
import { LabError } from '@pxe/lab-host';
