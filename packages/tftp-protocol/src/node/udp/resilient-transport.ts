import { unpacked } from '../../endpoint/block-pack.js';
import { type OutgoingPack } from '../../endpoint/endpoint-events.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import { AbsentNeighbours } from './absent-neighbours.js';
import {
  type BindDatagramSocket,
  type DatagramBinding,
  type DatagramHandler,
  type DatagramSocket,
  datagramsOf,
  type DatagramToSend,
  type DatagramTransport,
  type SeriesToSend,
} from './datagram-transport.js';

/** Time after which a socket that sends nothing is replaced, in milliseconds. */
const STUCK_MS = 25;

/** Maximum number of datagrams held while the kernel accepts none; further ones are dropped. */
const MAX_HELD = 1_024;

/** Interval between attempts to bind a replacement, in milliseconds. */
const BIND_AGAIN_MS = 500;

/** Absent hosts, shared by all sockets, since the kernel has one neighbour table. */
const ABSENT = new AbsentNeighbours();

/** Binding of a socket that does not get stuck because of absent hosts. */
export interface ResilientBinding extends DatagramBinding {
  /**
   * True to replace the socket with another one on the same port when the kernel accepts no more datagrams
   * from it. Datagrams to a host that does not answer ARP stay in the buffer for seconds, and a few hundred
   * of them block the socket. Unread datagrams are lost with the old socket; to keep that rare, almost
   * nothing is sent afterwards to hosts that the kernel lists as unresolved. Ignored for inherited sockets.
   */
  readonly isReplaceable: boolean;
}

/**
 * Binds a socket that does not get stuck because of absent hosts.
 *
 * @throws Node.js system error when the socket cannot be bound
 */
export async function bindResilientTransport(
  bind: BindDatagramSocket,
  { isReplaceable, ...binding }: ResilientBinding,
  handler: DatagramHandler,
): Promise<DatagramTransport> {
  const socket = await bind(binding, handler);
  const { at } = binding;
  const user = process.geteuid?.();
  const { address, port } = socket.local;
  const another = (): Promise<DatagramSocket> =>
    bind({ ...binding, at: { address, port } }, handler);
  return new ResilientTransport(
    socket,
    {
      // A process that has dropped its privileges may be unable to bind the port again.
      isReplaceable: () => isReplaceable && !('fd' in at) && process.geteuid?.() === user,
      another,
    },
    handler,
  );
}

class ResilientTransport implements DatagramTransport {
  readonly local: TftpEndpointAddress;
  readonly #handler: DatagramHandler;
  readonly #isReplaceable: () => boolean;
  readonly #another: () => Promise<DatagramSocket>;
  #socket: DatagramSocket;
  #isReferenced = true;
  /** Datagrams held while the kernel accepts none, starting with those it rejected; otherwise undefined. */
  #held: DatagramToSend[] | undefined;
  #lookAgain: NodeJS.Timeout | undefined;
  #changing: NodeJS.Immediate | undefined;
  /** Settles once the current attempt to replace the socket ends. */
  #changed: Promise<void> | undefined;
  #isOpen = true;

  constructor(
    socket: DatagramSocket,
    terms: {
      readonly isReplaceable: () => boolean;
      /** Binds a socket of the same kind to the same port. */
      readonly another: () => Promise<DatagramSocket>;
    },
    handler: DatagramHandler,
  ) {
    this.#socket = socket;
    this.#isReplaceable = terms.isReplaceable;
    this.#another = terms.another;
    this.#handler = handler;
    this.local = socket.local;
  }

  send(batch: readonly DatagramToSend[]): void {
    if (this.#held !== undefined) {
      this.#hold(this.#held, batch);
    } else if (this.#isOpen) {
      this.#sendNow(batch);
    }
  }

  sendSeries(series: SeriesToSend): void {
    const isPlain = this.#held === undefined && this.#isOpen && ABSENT.isEmpty;
    if (isPlain && this.#socket.sendSeries !== undefined) {
      this.#socket.sendSeries(series);
      this.#holdRefused(() => datagramsOf(series));
    } else {
      this.send(datagramsOf(series));
    }
  }

  sendPack(pack: OutgoingPack): void {
    const isPlain = this.#held === undefined && this.#isOpen && ABSENT.isEmpty;
    if (isPlain && this.#socket.sendPack !== undefined) {
      this.#socket.sendPack(pack);
      this.#holdRefused(() => unpacked(pack));
    } else {
      this.send(unpacked(pack));
    }
  }

  #sendNow(all: readonly DatagramToSend[]): void {
    const batch = ABSENT.isEmpty ? all : all.filter(({ remote }) => !ABSENT.has(remote.address));
    this.#socket.send(batch);
    this.#holdRefused(() => batch);
  }

  /** Holds the datagrams of a batch that the kernel did not accept, if the socket can be replaced. */
  #holdRefused(batch: () => readonly DatagramToSend[]): void {
    const refused = this.#socket.queuedDatagrams;
    if (refused > 0 && this.#isReplaceable()) {
      ABSENT.look();
      this.#held = [];
      this.#hold(this.#held, batch().slice(-refused));
      this.#wait(refused);
    }
  }

  /** Holds copies, since the caller may reuse the bytes of a datagram after the call. */
  #hold(held: DatagramToSend[], batch: readonly DatagramToSend[]): void {
    for (const { remote, head, body } of batch.slice(0, MAX_HELD - held.length)) {
      held.push({ remote, head: head.slice(), ...(body !== undefined && { body: body.slice() }) });
    }
  }

  /** Waits for the kernel to accept rejected datagrams; replaces the socket if it accepts none. */
  #wait(refused: number): void {
    this.#lookAgain = setTimeout(() => {
      const left = this.#socket.queuedDatagrams;
      this.#held?.splice(0, refused - left);
      if (left === 0) {
        this.#goOn();
      } else if (left < refused) {
        this.#wait(left);
      } else {
        // Waits until this turn has read what it can: datagrams still unread by then are lost.
        this.#changing = setImmediate(() => {
          void this.#socket.close();
          this.#changed = this.#change();
        });
      }
    }, STUCK_MS);
  }

  #goOn(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#sendNow(held);
  }

  /** Binds a replacement of the closed socket immediately, so that few datagrams are lost. */
  async #change(): Promise<void> {
    let socket: DatagramSocket;
    try {
      socket = await this.#another();
    } catch (error) {
      if (this.#isOpen) {
        this.#handler.failed(error instanceof Error ? error : new Error(String(error)));
        this.#lookAgain = setTimeout(() => {
          this.#changed = this.#change();
        }, BIND_AGAIN_MS);
      }
      return;
    }
    this.#socket = socket;
    if (!this.#isOpen) {
      await socket.close();
      return;
    }
    if (!this.#isReferenced) {
      socket.unref();
    }
    this.#handler.replaced?.();
    this.#goOn();
  }

  unref(): void {
    this.#isReferenced = false;
    this.#socket.unref();
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#held = undefined;
    clearTimeout(this.#lookAgain);
    clearImmediate(this.#changing);
    // Closed without waiting: the port can be bound again as soon as this call returns.
    const closed = this.#socket.close();
    await this.#changed;
    await closed;
  }
}
