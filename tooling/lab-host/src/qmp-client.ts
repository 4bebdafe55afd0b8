import { type Socket } from 'node:net';
import { createInterface } from 'node:readline';

import { LabError } from './errors.js';

/**
 * Commands of QEMU's monitor used by the labs, with their arguments (QEMU Machine Protocol
 * reference, "qapi").
 */
export interface QmpCommands {
  readonly qmp_capabilities: Record<string, never>;
  readonly cont: Record<string, never>;
  readonly quit: Record<string, never>;
  /** Presses the reset button. */
  readonly system_reset: Record<string, never>;
  /** Saves a screenshot. */
  readonly screendump: { readonly filename: string; readonly format: 'png' };
  /** Presses all keys together, for `hold-time` ms. */
  readonly 'send-key': {
    readonly keys: readonly { readonly type: 'qcode'; readonly data: string }[];
    readonly 'hold-time'?: number;
  };
  /** Writes guest-physical memory to a file. */
  readonly pmemsave: { readonly val: number; readonly size: number; readonly filename: string };
}

/** Part of QEMU's messages that is read: an answer has an id. */
interface Answer {
  readonly id?: number;
  readonly error?: unknown;
}

/** Connection to QEMU's monitor. Commands may run concurrently: answers are matched by id. */
export class QmpClient {
  readonly #socket: Socket;
  readonly #pending = new Map<number, (error: LabError | undefined) => void>();
  #nextId = 1;

  constructor(socket: Socket) {
    this.#socket = socket;
    createInterface({ input: socket })
      .on('line', (line) => {
        const { id, error } = JSON.parse(line) as Answer;
        if (id !== undefined) {
          const refusal = `QEMU refuses: ${JSON.stringify(error)}`;
          this.#settle(id, error === undefined ? undefined : new LabError('ERR_LAB_QMP', refusal));
        }
      })
      // QEMU resets the connection when it ends; `close` reports it.
      .on('error', () => undefined);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const id of this.#pending.keys()) {
        this.#settle(id, new LabError('ERR_LAB_QMP', 'QEMU closed its monitor'));
      }
    });
  }

  /**
   * Runs one command.
   *
   * @throws {@link LabError} `ERR_LAB_QMP` with QEMU's own message if it refuses
   */
  async execute<Name extends keyof QmpCommands>(
    name: Name,
    args: QmpCommands[Name],
  ): Promise<void> {
    if (this.#socket.destroyed) {
      throw new LabError('ERR_LAB_QMP', `${name}: QEMU has closed its monitor`);
    }
    const id = this.#nextId;
    this.#nextId += 1;
    const answered = new Promise<LabError | undefined>((resolve) => this.#pending.set(id, resolve));
    this.#socket.write(`${JSON.stringify({ execute: name, arguments: args, id })}\n`);
    const error = await answered;
    if (error !== undefined) {
      throw error;
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #settle(id: number, error: LabError | undefined): void {
    this.#pending.get(id)?.(error);
    this.#pending.delete(id);
  }
}
