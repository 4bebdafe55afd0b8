import {
  type BlockSource,
  decodePacket,
  ReceiveTransfer,
  type ReceiveTransferOptions,
  SendTransfer,
  type SendTransferOptions,
  type TransferEvent,
} from '../../src/index.js';
import { type Link } from './link.js';
import { type SeededRandom } from './random.js';

/** Simulated setup: two state machines, a link between them, and how often their drivers are slow. */
export interface SimulationOptions {
  readonly send: Omit<SendTransferOptions, 'source'>;
  readonly receive: ReceiveTransferOptions;
  readonly file: Uint8Array;
  readonly isSizeKnown: boolean;
  /** Share of reads that find their bytes not in memory yet. */
  readonly slowReads: number;
  /** Share of blocks that the receiving driver cannot process immediately. */
  readonly slowWrites: number;
}

/** Result of a simulation. */
export interface SimulationResult {
  readonly sender: SendTransfer;
  readonly receiver: ReceiveTransfer;
  readonly senderEvents: readonly TransferEvent[];
  readonly receiverEvents: readonly TransferEvent[];
  readonly received: Uint8Array;
  /** Number of times each absolute block was sent, from block 1 at index 1. */
  readonly sends: readonly number[];
  /** Number of datagrams disturbed by the link, in both directions. */
  readonly disturbances: number;
  /** Time at which both machines had ended, in milliseconds. */
  readonly endedAt: number;
}

/** Maximum duration of a run in virtual time, in milliseconds; a longer one is considered endless. */
const GIVE_UP_AT_MS = 3_600_000;

/** Lets two machines transfer a file over a simulated link, in virtual time. */
export function simulate(
  options: SimulationOptions,
  { toReceiver, toSender }: { readonly toReceiver: Link; readonly toSender: Link },
  random: SeededRandom,
): SimulationResult {
  const source = new LazySource(options.file, options.isSizeKnown, options.slowReads, random);
  const sender = new SendTransfer({ ...options.send, source }, 0);
  const receiver = new ReceiveTransfer(options.receive, 0);
  const senderEvents: TransferEvent[] = [];
  const receiverEvents: TransferEvent[] = [];
  const pieces: Uint8Array[] = [];
  const sends: number[] = [];
  // A side that answers a request exists only once the request has arrived.
  let isSenderUp = options.send.opening.type === 'request';
  let isReceiverUp = options.receive.opening.type === 'request';
  let resumeAt = Infinity;
  let finishAt = Infinity;
  let now = 0;

  const drain = (): void => {
    if (isSenderUp) {
      for (let out = sender.nextDatagram(); out !== undefined; out = sender.nextDatagram()) {
        count(out.head);
        toReceiver.send(out, now);
      }
      take(sender, senderEvents);
    }
    if (isReceiverUp) {
      for (const event of take(receiver, receiverEvents)) {
        if (event.type === 'data') {
          pieces.push(event.data.slice());
          if (event.isLast) {
            finishAt = now + (random.chance(options.slowWrites) ? random.integer(1, 300) : 0);
          } else if (random.chance(options.slowWrites)) {
            receiver.pause();
            resumeAt = now + random.integer(1, 300);
          }
        }
      }
      for (let out = receiver.nextDatagram(); out !== undefined; out = receiver.nextDatagram()) {
        toSender.send(out, now);
      }
    }
  };
  const count = (head: Uint8Array): void => {
    if (head[1] === 3) {
      const wire = (head[2] ?? 0) * 0x100 + (head[3] ?? 0);
      sends[wire] = (sends[wire] ?? 0) + 1;
    }
  };

  drain();
  while (now < GIVE_UP_AT_MS) {
    const next = Math.min(
      toReceiver.nextArrival,
      toSender.nextArrival,
      (isSenderUp ? sender.deadline : undefined) ?? Infinity,
      (isReceiverUp ? receiver.deadline : undefined) ?? Infinity,
      source.readyAt,
      resumeAt,
      finishAt,
    );
    if (next === Infinity) {
      break;
    }
    now = Math.max(now, next);
    for (let bytes = toSender.receive(now); bytes !== undefined; bytes = toSender.receive(now)) {
      if (!isSenderUp) {
        isSenderUp = isRequest(bytes);
      } else if (isRequest(bytes)) {
        sender.repeatAnswer(now);
      } else {
        sender.receive(bytes, now);
      }
      drain();
    }
    for (
      let bytes = toReceiver.receive(now);
      bytes !== undefined;
      bytes = toReceiver.receive(now)
    ) {
      if (!isReceiverUp) {
        isReceiverUp = isRequest(bytes);
      } else if (isRequest(bytes)) {
        receiver.repeatAnswer(now);
      } else {
        receiver.receive(bytes, now);
      }
      drain();
    }
    if (source.readyAt <= now) {
      source.ready();
      sender.resume(now);
    }
    if (resumeAt <= now) {
      resumeAt = Infinity;
      receiver.resume(now);
    }
    if (finishAt <= now) {
      finishAt = Infinity;
      receiver.finish(now);
    }
    if (isSenderUp) {
      sender.timeout(now);
    }
    if (isReceiverUp) {
      receiver.timeout(now);
    }
    drain();
    source.schedule(now);
  }
  return {
    sender,
    receiver,
    senderEvents,
    receiverEvents,
    received: Buffer.concat(pieces),
    sends,
    disturbances: toReceiver.disturbances + toSender.disturbances,
    endedAt: now,
  };
}

function take(
  machine: { nextEvent(): TransferEvent | undefined },
  into: TransferEvent[],
): TransferEvent[] {
  const events: TransferEvent[] = [];
  for (let event = machine.nextEvent(); event !== undefined; event = machine.nextEvent()) {
    events.push(event);
  }
  into.push(...events);
  return events;
}

function isRequest(bytes: Uint8Array): boolean {
  const decoded = decodePacket(bytes);
  return decoded.ok && (decoded.packet.type === 'rrq' || decoded.packet.type === 'wrq');
}

/** File in memory whose reads sometimes have to wait. */
class LazySource implements BlockSource {
  readonly size: number | undefined;
  readonly #file: Uint8Array;
  readonly #slowness: number;
  readonly #random: SeededRandom;
  #isWaiting = false;
  #isReady = false;
  /** Time at which bytes that were not in memory become available. */
  readyAt = Infinity;

  constructor(file: Uint8Array, isSizeKnown: boolean, slowness: number, random: SeededRandom) {
    this.#file = file;
    this.size = isSizeKnown ? file.length : undefined;
    this.#slowness = slowness;
    this.#random = random;
  }

  read(offset: number, length: number): Uint8Array | undefined {
    if (this.#isWaiting || (!this.#isReady && this.#random.chance(this.#slowness))) {
      this.#isWaiting = true;
      return undefined;
    }
    this.#isReady = false;
    return this.#file.subarray(offset, offset + length);
  }

  schedule(now: number): void {
    if (this.#isWaiting && this.readyAt === Infinity) {
      this.readyAt = now + this.#random.integer(1, 300);
    }
  }

  ready(): void {
    this.#isWaiting = false;
    this.#isReady = true;
    this.readyAt = Infinity;
  }
}
