import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { qemuKeys } from './keys.js';
import { Monitor } from './monitor.js';

const HOLD_MS = 60;
const KEY_PAUSE_MS = 400;
const POLL_MS = 100;

/**
 * A PC with a PXE card, emulated in software. QEMU's own user network answers DHCP and TFTP, so that
 * neither root nor a network namespace is needed.
 */
export class Machine {
  readonly #qemu: ChildProcess;
  readonly #monitor: Monitor;
  readonly #directory: string;

  private constructor(qemu: ChildProcess, monitor: Monitor, directory: string) {
    this.#qemu = qemu;
    this.#monitor = monitor;
    this.#directory = directory;
  }

  /**
   * Starts the machine.
   *
   * @param tftpDirectory what the machine can fetch; it boots `pxelinux.0` from there
   * @param directory for the monitor socket, serial log and pictures
   */
  static async start(tftpDirectory: string, directory: string): Promise<Machine> {
    const socket = join(directory, 'monitor.sock');
    const qemu = spawn(
      'qemu-system-x86_64',
      [
        ...['-accel', 'tcg', '-machine', 'pc', '-m', '256', '-nodefaults', '-vga', 'std'],
        ...['-display', 'none', '-boot', 'n', '-no-reboot'],
        ...['-netdev', `user,id=net,tftp=${tftpDirectory},bootfile=pxelinux.0`],
        ...['-device', 'virtio-net-pci,netdev=net'],
        ...['-serial', `file:${join(directory, 'serial')}`],
        ...['-qmp', `unix:${socket},server=on,wait=off`],
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    try {
      await once(qemu, 'spawn');
      return new Machine(qemu, await Monitor.connect(socket), directory);
    } catch (error) {
      qemu.kill('SIGKILL');
      throw error;
    }
  }

  /** Everything written to the serial port so far. */
  async serial(): Promise<Buffer> {
    return readFile(join(this.#directory, 'serial'));
  }

  /** Waits until the serial port has been quiet for a while. */
  async settle(quietMs: number): Promise<void> {
    let size = -1;
    let quietSince = Date.now();
    while (Date.now() - quietSince < quietMs) {
      const now = (await stat(join(this.#directory, 'serial'))).size;
      if (now !== size) {
        size = now;
        quietSince = Date.now();
      }
      await sleep(POLL_MS);
    }
  }

  /** Waits until the serial text holds `marker`. */
  async waitFor(marker: string, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await this.serial()).includes(marker)) {
      if (this.#qemu.exitCode !== null) throw new Error('QEMU ended');
      if (Date.now() > deadline) {
        const seen = JSON.stringify((await this.serial()).toString('latin1').slice(-500));
        throw new Error(`no ${JSON.stringify(marker)} on the serial port, which ends in ${seen}`);
      }
      await sleep(POLL_MS);
    }
  }

  async press(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.#monitor.execute('send-key', {
        keys: qemuKeys(key).map((data) => ({ type: 'qcode', data })),
        'hold-time': HOLD_MS,
      });
      await sleep(HOLD_MS + KEY_PAUSE_MS);
    }
  }

  /** The picture on the screen as a PPM file's bytes. */
  async screenshot(): Promise<Buffer> {
    const file = join(this.#directory, 'screen.ppm');
    await this.#monitor.execute('screendump', { filename: file });
    return readFile(file);
  }

  async stop(): Promise<void> {
    this.#monitor.close();
    if (this.#qemu.exitCode === null) {
      const ended = once(this.#qemu, 'exit');
      this.#qemu.kill('SIGKILL');
      await ended;
    }
  }
}
