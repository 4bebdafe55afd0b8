import { TftpError } from '../../errors.js';
import { type BlockPlace, type BlockSource } from '../../transfer/machine.js';
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
  /** Range that a promise of the source will fulfil; empty if there is none. */
  #awaitedOffset = 0;
  #awaitedUntil = 0;
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

  locate(offset: number, length: number, place: BlockPlace): boolean {
    let memory = this.#memory;
    let origin = this.#origin;
    if (offset < this.#start || offset + length > this.#until) {
      const chunk = this.#chunkFor(offset, length, length);
      if (chunk === undefined || !hasAll(chunk, offset, length)) {
        return false;
      }
      memory = chunk.bytes.buffer;
      origin = originOf(chunk);
    }
    // Bytes in shared memory are read instead: another thread may change them while they are sent.
    if (!(memory instanceof ArrayBuffer)) {
      return false;
    }
    place.memory = memory;
    place.offset = origin + offset;
    return true;
  }

  readMany(offset: number, length: number, blockBytes: number): readonly Uint8Array[] | undefined {
    const end = offset + length;
    if (offset >= this.#start && end <= this.#until) {
      return [new Uint8Array(this.#memory, this.#origin + offset, length)];
    }
    const pieces: Uint8Array[] = [];
    let at = offset;
    while (at < end) {
      const chunk = this.#chunkFor(at, 1, blockBytes);
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
    const needed = Math.max(1, Math.min(length, this.#end - offset));
    const chunk = this.#chunkFor(offset, needed, length);
    if (chunk === undefined) {
      return offset >= this.#end ? EMPTY : undefined;
    }
    const start = offset - chunk.offset;
    return chunk.bytes.length - start >= length
      ? chunk.bytes.subarray(start, start + length)
      : this.#assemble(offset, length);
  }

  /**
   * Like `#chunkAt`; requests the chunk after it as well once the first half of this one is used up. That begins with
   * the block that spans the end of this one.
   */
  #chunkFor(offset: number, needed: number, blockBytes: number): Chunk | undefined {
    const chunk = this.#chunkAt(offset, needed, blockBytes);
    if (chunk !== undefined && this.#isAsynchronous) {
      const end = chunk.offset + chunk.bytes.length;
      const left = end - offset;
      if (left < chunk.bytes.length / 2 && end < this.#end) {
        const next = end - (left % blockBytes);
        this.#readAhead(next, blockBytes);
        if (this.#current === chunk && this.#aheadOffset === next) {
          this.#until = end;
        }
      }
    }
    return chunk;
  }

  #use(chunk: Chunk): void {
    const { offset, bytes } = chunk;
    const end = offset + bytes.length;
    this.#current = chunk;
    this.#memory = bytes.buffer;
    this.#origin = originOf(chunk);
    this.#start = offset;
    this.#until = this.#isAsynchronous && end < this.#end ? end - (bytes.length >> 1) : end;
  }

  /** Requests the chunk at `offset` ahead of its use, once, unless memory is scarce. */
  #readAhead(offset: number, blockBytes: number): void {
    if (offset !== this.#aheadOffset && this.#held.hasRoomFor(CHUNK_BYTES)) {
      this.#aheadOffset = offset;
      const isThere = this.#chunks.some((chunk) => holds(chunk, offset, blockBytes));
      if (!isThere && !this.#isAwaited(offset)) {
        this.#load(offset, blockBytes);
      }
    }
  }

  /** Returns a block that spans more than one chunk; undefined if a part is not in memory. */
  #assemble(offset: number, length: number): Uint8Array | undefined {
    // From Buffer's pool, which costs less than memory of its own: a block is sent at once.
    const block = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length && offset + filled < this.#end) {
      const chunk = this.#chunkAt(offset + filled, 1, length);
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
   * Returns a chunk with the bytes from `offset` on, and reads it if necessary; undefined if it is not in memory
   * yet or does not exist. A chunk that begins at `offset` may have fewer bytes than needed: the source returned no more.
   *
   * @param needed - number of bytes
   * @param blockBytes - minimum size of a chunk to read, so that a block spans two chunks at most
   */
  #chunkAt(offset: number, needed: number, blockBytes: number): Chunk | undefined {
    if (holds(this.#current, offset, needed)) {
      return this.#current;
    }
    const index = this.#chunks.findIndex((chunk) => holds(chunk, offset, needed));
    const [kept] = index === -1 ? [] : this.#chunks.splice(index, 1);
    if (kept !== undefined) {
      this.#chunks.push(kept);
      this.#use(kept);
      return kept;
    }
    if (offset >= this.#end || this.#isAwaited(offset)) {
      return undefined;
    }
    const loaded = this.#load(offset, blockBytes);
    if (loaded !== undefined) {
      this.#use(loaded);
    }
    return loaded;
  }

  #isAwaited(offset: number): boolean {
    return offset >= this.#awaitedOffset && offset < this.#awaitedUntil;
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
    this.#awaitedUntil = offset + length;
    this.#held.expect(length);
    outcome.then(
      (bytes) => {
        this.#held.expected(length);
        if (this.#awaitedOffset === offset) {
          this.#awaitedUntil = 0;
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

/** Returns true if a chunk has all needed bytes, or begins with them: its source returned no more. */
function holds(chunk: Chunk, offset: number, needed: number): boolean {
  return hasAll(chunk, offset, needed) || (offset === chunk.offset && chunk.bytes.length > 0);
}

function hasAll(chunk: Chunk, offset: number, length: number): boolean {
  return offset >= chunk.offset && offset + length <= chunk.offset + chunk.bytes.length;
}

/** Returns the position that the file's first byte would have in the memory of a chunk if it were there. */
function originOf({ offset, bytes }: Chunk): number {
  return bytes.byteOffset - offset;
}
