/** Length of what precedes each frame on a QEMU `stream` netdev: the frame's length, big-endian. */
const PREFIX_LENGTH = 4;

/**
 * Splits the byte stream of a QEMU `stream` netdev into frames (QEMU net/stream.c): each is
 * preceded by its length in four bytes. Frames are returned with that prefix, ready to be sent on.
 */
export class FrameReader {
  #rest: Uint8Array = new Uint8Array(0);

  /** Returns the frames that these bytes complete. */
  push(bytes: Uint8Array): Uint8Array[] {
    const stream = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
    const frames: Uint8Array[] = [];
    let offset = 0;
    while (offset + PREFIX_LENGTH <= stream.length) {
      const end = offset + PREFIX_LENGTH + view.getUint32(offset);
      if (end > stream.length) {
        break;
      }
      frames.push(stream.subarray(offset, end));
      offset = end;
    }
    this.#rest = stream.subarray(offset);
    return frames;
  }
}
