import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

import { LabError } from '../errors.js';
import { Journal } from '../process/journal.js';

/**
 * Commands of QEMU's monitor used by the lab, with their arguments (QEMU Machine Protocol
 * reference, "qapi").
 */
export interface QmpCommands {
  readonly qmp_capabilities: Record<string, never>;
  readonly cont: Record<string, never>;
  readonly quit: Record<string, never>;
  /** Saves a screenshot as PPM. */
  readonly screendump: { readonly filename: string };
  /** Presses all keys together, for `hold-time` ms. */
  readonly 'send-key': {
    readonly keys: readonly { readonly type: 'qcode'; readonly data: string }[];
    readonly 'hold-time'?: number;
  };
  /** Writes guest-physical memory to a file. */
  readonly pmemsave: { readonly val: number; readonly size: number; readonly filename: string };
}

/** Event of the machine, such as `RESET`, `SHUTDOWN` or `GUEST_PANICKED`. */
export interface QmpEvent {
  readonly event: string;
  readonly data: unknown;
}

interface PendingCommand {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: LabError) => void;
}

/** Connection to QEMU's monitor. Commands may run concurrently: answers are matched by id. */
export class QmpClient {
  readonly events: Journal<QmpEvent> = new Journal<QmpEvent>();
  readonly #socket: Socket;
  readonly #pending = new Map<number, PendingCommand>();
  #nextId = 1;

  private constructor(socket: Socket) {
    this.#socket = socket;
    createInterface({ input: socket })
      .on('line', (line) => {
        this.#receive(line);
      })
      // The socket's failure, once more: QEMU resets the connection when it ends.
      .on('error', () => undefined);
    socket.on('error', (error) => {
      this.#failPending(`the QEMU monitor failed: ${error.message}`);
    });
    socket.on('close', () => {
      this.#failPending('QEMU closed its monitor');
    });
  }

  /** Connects to the monitor's unix socket and negotiates capabilities. */
  static async connect(path: string): Promise<QmpClient> {
    const socket = connect(path);
    await once(socket, 'connect');
    const client = new QmpClient(socket);
    await client.execute('qmp_capabilities', {});
    return client;
  }

  /**
   * Runs one command.
   *
   * @throws {@link LabError} `ERR_LAB_QMP` with QEMU's own message if it refuses
   */
  execute<Name extends keyof QmpCommands>(name: Name, args: QmpCommands[Name]): Promise<unknown> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new LabError('ERR_LAB_QMP', `${name}: QEMU has closed its monitor`));
        return;
      }
      this.#pending.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: name, arguments: args, id })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(line: string): void {
    const message: unknown = JSON.parse(line);
    if (!isRecord(message)) {
      return;
    }
    if (typeof message['event'] === 'string') {
      this.events.append({ event: message['event'], data: message['data'] });
      return;
    }
    const { id, error } = message;
    if (typeof id !== 'number') {
      return;
    }
    const command = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) {
      command?.resolve(message['return']);
    } else {
      command?.reject(new LabError('ERR_LAB_QMP', `QEMU refuses: ${JSON.stringify(error)}`));
    }
  }

  #failPending(reason: string): void {
    for (const { reject } of this.#pending.values()) {
      reject(new LabError('ERR_LAB_QMP', reason));
    }
    this.#pending.clear();
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
