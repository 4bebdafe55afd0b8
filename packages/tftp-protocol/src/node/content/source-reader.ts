import { TftpError } from '../../errors.js';
import { type BlockSource } from '../../transfer/machine.js';
import { CHUNK_BYTES } from './chunk-cache.js';
import { type HeldBytes } from './held-bytes.js';
import { type TftpSource } from './source.js';

/**
 * Size of the first read in bytes: small, since a forged request never gets more than one block. It is also
 * the size of all reads while the memory budget is used up.
 */
const FIRST_CHUNK_BYTES = 8 * 1024;

/**
 * Maximum number of chunks kept: the current one, the next one, and the previous one for going back after a
 * loss.
 */
const MAX_CHUNKS = 3;

const EMPTY = new Uint8Array(0);

interface Chunk {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const NONE: Chunk = { offset: 0, bytes: EMPTY };

/** Callbacks of a {@link SourceReader}. */
export interface SourceReaderHandler {
  /** Called once the bytes that the last read had to wait for are in memory. */
  ready(): void;
  /** Called if the source cannot be read. */
  failed(error: unknown): void;
}

/**
 * Reads a {@link TftpSource} in chunks, ahead of the transfer, and cuts blocks out of them. Synchronous
 * sources are read on demand; asynchronous ones are asked for the next chunk while the current one is being
 * sent. Chunks grow with the progress of the transfer. At most {@link MAX_CHUNKS} are held, as small copies
 * while memory is scarce.
 */
export class SourceReader implements BlockSource {
  // First the fields that each block needs: V8 lays fields out in this order, and the fewer lines of the processor's
  // cache a block touches, the more transfers fit in it. They describe the current chunk.
  #memory: ArrayBufferLike = EMPTY.buffer;
  /**
   * Position that the file's first byte would have in that memory if the whole file were there; usually
   * negative.
   */
  #origin = 0;
  #start = 0;
  /** End of the part that needs nothing but this chunk, not even the next one to be read ahead. */
  #until = 0;
  readonly size: number | undefined;
  readonly #source: TftpSource;
  readonly #held: HeldBytes;
  readonly #handler: SourceReaderHandler;
  /** Chunks held, least recently used first. */
  #chunks: Chunk[] = [];
  /** Most recently used chunk, which the next read will most likely use again. */
  #current = NONE;
  #awaitedOffset: number | undefined;
  /** Offset of the last chunk read ahead. */
  #aheadOffset = 0;
  /** End of the file; `Infinity` until known. */
  #end: number;
  #isAsynchronous = false;
  #isClosed = false;

  constructor(source: TftpSource, held: HeldBytes, handler: SourceReaderHandler) {
    this.#source = source;
    this.#held = held;
    this.#handler = handler;
    this.size = source.size;
    this.#end = this.size ?? Infinity;
    if (this.size !== undefined && !(Number.isSafeInteger(this.size) && this.size >= 0)) {
      throw new RangeError(`size of a source must be a whole number of bytes, got ${this.size}`);
    }
  }

  /** Releases all chunks; nothing can be read afterwards. */
  close(): void {
    this.#isClosed = true;
    for (const { bytes } of this.#chunks.splice(0)) {
      this.#held.release(bytes);
    }
    this.#use(NONE);
  }

  read(offset: number, length: number): Uint8Array | undefined {
    // Not `subarray`, which takes twice as long.
    return offset >= this.#start && offset + length <= this.#until
      ? new Uint8Array(this.#memory, this.#origin + offset, length)
      : this.#readBeyond(offset, length);
  }

  readMany(offset: number, length: number, blockBytes: number): readonly Uint8Array[] | undefined {
    const end = offset + length;
    if (offset >= this.#start && end <= this.#until) {
      return [new Uint8Array(this.#memory, this.#origin + offset, length)];
    }
    const pieces: Uint8Array[] = [];
    let at = offset;
    while (at < end) {
      const chunk = this.#chunkFor(at, blockBytes);
      if (chunk === undefined) {
        return undefined;
      }
      const piece = chunk.bytes.subarray(at - chunk.offset, end - chunk.offset);
      pieces.push(piece);
      at += piece.length;
    }
    return pieces;
  }

  /** Returns a block beyond `#until`: one that needs read-ahead, is in another chunk or spans two. */
  #readBeyond(offset: number, length: number): Uint8Array | undefined {
    const chunk = this.#chunkFor(offset, length);
    if (chunk === undefined) {
      return offset >= this.#end ? EMPTY : undefined;
    }
    const start = offset - chunk.offset;
    return chunk.bytes.length - start >= length
      ? chunk.bytes.subarray(start, start + length)
      : this.#assemble(offset, length);
  }

  /** Like `#chunkAt`; requests the chunk after it as well once the first half of this one is used up. */
  #chunkFor(offset: number, blockBytes: number): Chunk | undefined {
    const chunk = this.#chunkAt(offset, blockBytes);
    if (chunk !== undefined && this.#isAsynchronous) {
      const end = chunk.offset + chunk.bytes.length;
      if (end - offset < chunk.bytes.length / 2) {
        this.#readAhead(end, blockBytes);
        if (this.#current === chunk && this.#aheadOffset === end) {
          this.#until = end;
        }
      }
    }
    return chunk;
  }

  #use(chunk: Chunk): void {
    const { offset, bytes } = chunk;
    this.#current = chunk;
    this.#memory = bytes.buffer;
    this.#origin = bytes.byteOffset - offset;
    this.#start = offset;
    this.#until = offset + (this.#isAsynchronous ? bytes.length >> 1 : bytes.length);
  }

  /** Requests the chunk at `offset` ahead of its use, once, unless memory is scarce. */
  #readAhead(offset: number, blockBytes: number): void {
    if (offset !== this.#aheadOffset && this.#held.hasRoomFor(CHUNK_BYTES)) {
      this.#aheadOffset = offset;
      this.#chunkAt(offset, blockBytes);
    }
  }

  /** Returns a block that spans more than one chunk; undefined if a part is not in memory. */
  #assemble(offset: number, length: number): Uint8Array | undefined {
    // From Buffer's pool, which costs less than memory of its own: a block is sent at once.
    const block = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length && offset + filled < this.#end) {
      const chunk = this.#chunkAt(offset + filled, length);
      if (chunk === undefined) {
        if (offset + filled >= this.#end) {
          break;
        }
        return undefined;
      }
      const start = offset + filled - chunk.offset;
      const piece = chunk.bytes.subarray(start, start + length - filled);
      block.set(piece, filled);
      filled += piece.length;
    }
    return new Uint8Array(block.buffer, block.byteOffset, filled);
  }

  /**
   * Returns the chunk with the byte at `offset`, and reads it if necessary; undefined if it is not in memory
   * yet or does not exist.
   *
   * @param blockBytes - minimum size of a chunk to read, so that a block spans two chunks at most
   */
  #chunkAt(offset: number, blockBytes: number): Chunk | undefined {
    if (holds(this.#current, offset)) {
      return this.#current;
    }
    const index = this.#chunks.findIndex((chunk) => holds(chunk, offset));
    const [kept] = index === -1 ? [] : this.#chunks.splice(index, 1);
    if (kept !== undefined) {
      this.#chunks.push(kept);
      this.#use(kept);
      return kept;
    }
    if (offset >= this.#end || this.#awaitedOffset === offset) {
      return undefined;
    }
    return this.#load(offset, blockBytes);
  }

  #load(offset: number, blockBytes: number): Chunk | undefined {
    const isScarce = !this.#held.hasRoomFor(CHUNK_BYTES);
    const wanted = Math.max(FIRST_CHUNK_BYTES, blockBytes, isScarce ? 0 : offset);
    const length = Math.min(wanted, CHUNK_BYTES, this.#end - offset);
    let outcome: Uint8Array | Promise<Uint8Array>;
    try {
      outcome = this.#source.read(offset, length);
    } catch (error) {
      this.#handler.failed(error);
      return undefined;
    }
    if (!(outcome instanceof Promise)) {
      return this.#keep(offset, outcome, isScarce);
    }
    this.#isAsynchronous = true;
    this.#awaitedOffset = offset;
    this.#held.expect(length);
    outcome.then(
      (bytes) => {
        this.#held.expected(length);
        if (this.#awaitedOffset === offset) {
          this.#awaitedOffset = undefined;
        }
        if (!this.#isClosed) {
          this.#keep(offset, bytes, isScarce);
          this.#handler.ready();
        }
      },
      (error: unknown) => {
        this.#held.expected(length);
        this.#handler.failed(error);
      },
    );
    return undefined;
  }

  #keep(offset: number, bytes: Uint8Array, isScarce: boolean): Chunk | undefined {
    // A source written in JavaScript may return anything.
    if (!((bytes as unknown) instanceof Uint8Array)) {
      this.#handler.failed(new TypeError('read() of a source must return a Uint8Array'));
      return undefined;
    }
    if (bytes.length === 0) {
      this.#end = Math.min(this.#end, offset);
      if (this.size !== undefined) {
        const message = `source ended at ${offset} of ${this.size} bytes`;
        this.#handler.failed(new TftpError(message));
      }
      return undefined;
    }
    // A view into a large buffer would keep all of it in memory.
    const isPart = isScarce && bytes.length < bytes.buffer.byteLength;
    const chunk = { offset, bytes: isPart ? bytes.slice() : bytes };
    this.#held.hold(chunk.bytes);
    this.#chunks.push(chunk);
    const oldest = this.#chunks.length > MAX_CHUNKS ? this.#chunks.shift() : undefined;
    if (oldest !== undefined) {
      this.#held.release(oldest.bytes);
      if (this.#current === oldest) {
        this.#use(chunk);
      }
    }
    return chunk;
  }
}

function holds(chunk: Chunk, offset: number): boolean {
  return offset >= chunk.offset && offset < chunk.offset + chunk.bytes.length;
}
