import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const CONNECT_ATTEMPTS = 100;
const CONNECT_PAUSE_MS = 100;

interface Answer {
  readonly id?: number;
  readonly error?: { readonly desc: string };
}

/** QEMU's monitor (QMP) on a unix socket. */
export class Monitor {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (error: Error | undefined) => void>();
  #nextId = 1;

  private constructor(socket: Socket) {
    this.#socket = socket;
    createInterface({ input: socket })
      .on('line', (line) => {
        const { id, error } = JSON.parse(line) as Answer;
        if (id !== undefined) {
          this.#settle(id, error === undefined ? undefined : new Error(error.desc));
        }
      })
      // QEMU resets the connection when it ends; `close` reports it.
      .on('error', () => undefined);
    socket.on('close', () => {
      for (const id of this.#waiting.keys()) {
        this.#settle(id, new Error('QEMU ended'));
      }
    });
  }

  /** Connects as soon as QEMU has opened the socket. */
  static async connect(path: string): Promise<Monitor> {
    for (let attempt = 1; ; attempt += 1) {
      const socket = connect(path);
      try {
        await once(socket, 'connect');
        const monitor = new Monitor(socket);
        await monitor.execute('qmp_capabilities', {});
        return monitor;
      } catch (error) {
        socket.destroy();
        if (attempt === CONNECT_ATTEMPTS) {
          throw error;
        }
        await sleep(CONNECT_PAUSE_MS);
      }
    }
  }

  /** Runs a command. Rejects with QEMU's message if it is refused. */
  async execute(name: string, args: Readonly<Record<string, unknown>>): Promise<void> {
    const id = this.#nextId;
    this.#nextId += 1;
    const answered = new Promise<Error | undefined>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.write(`${JSON.stringify({ execute: name, arguments: args, id })}\n`);
    const error = await answered;
    if (error !== undefined) {
      throw new Error(`${name}: ${error.message}`);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #settle(id: number, error: Error | undefined): void {
    this.#waiting.get(id)?.(error);
    this.#waiting.delete(id);
  }
}
