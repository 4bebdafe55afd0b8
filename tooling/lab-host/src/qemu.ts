import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { LabError } from './errors.js';
import { type Program, type startProgram } from './program.js';
import { QmpClient } from './qmp-client.js';

/** A running emulator. Disposing of it switches the machine off. */
export interface Qemu extends AsyncDisposable {
  readonly program: Program;
  readonly monitor: QmpClient;
  /** Presses keys together, given by QEMU's names, and gives the guest time to react. */
  press(keys: readonly string[], holdMs: number, pauseMs: number): Promise<void>;
  /** Saves a screenshot as PNG. */
  screenshot(filename: string): Promise<void>;
}

/** Options for starting an emulator. */
export interface QemuOptions {
  /** Name of the program, such as `qemu-system-x86_64`. */
  readonly emulator: string;
  readonly args: readonly string[];
  /** Directory for the log and monitor socket of the emulator. */
  readonly directory: string;
  /** Starts the emulator on this host, or in a namespace. */
  readonly start: typeof startProgram;
}

/**
 * Starts QEMU with its monitor connected.
 *
 * @throws {@link LabError} `ERR_LAB_PROGRAM` with its output when it ends at once
 */
export async function startQemu({ emulator, args, directory, start }: QemuOptions): Promise<Qemu> {
  const path = join(directory, 'monitor.sock');
  const server = createServer().listen(path);
  await once(server, 'listening');
  try {
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const program = await start(emulator, [...args, '-qmp', `unix:${path}`], {
      name: 'qemu',
      logFile: join(directory, 'qemu.log'),
    });
    const ended = program.exited.then((): [undefined] => [undefined]);
    const [socket] = await Promise.race([connected, ended]);
    try {
      if (socket === undefined) {
        throw new LabError('ERR_LAB_QMP', 'QEMU opens no monitor');
      }
      const monitor = new QmpClient(socket);
      await monitor.execute('qmp_capabilities', {});
      return running(program, monitor);
    } catch (cause) {
      const { how } = await program.stop();
      const output = program.lines.entries.join('\n');
      throw new LabError('ERR_LAB_PROGRAM', `qemu ended (${how}):\n${output}`, { cause });
    }
  } finally {
    server.close();
  }
}

function running(program: Program, monitor: QmpClient): Qemu {
  return {
    program,
    monitor,
    async press(keys, holdMs, pauseMs) {
      await monitor.execute('send-key', {
        keys: keys.map((data) => ({ type: 'qcode', data })),
        'hold-time': holdMs,
      });
      await sleep(holdMs + pauseMs);
    },
    screenshot: (filename) => monitor.execute('screendump', { filename, format: 'png' }),
    async [Symbol.asyncDispose]() {
      await program.stop();
      monitor.close();
    },
  };
}
