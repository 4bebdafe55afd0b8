import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Qemu, startProgram, startQemu } from '@pxe/lab-host';

import { qemuKeys } from './keys.js';

const HOLD_MS = 60;
const KEY_PAUSE_MS = 400;
const POLL_MS = 100;

/** Options of a virtual machine. */
export interface MachineOptions {
  /** Directory of files that the machine can download. */
  readonly tftp: string;
  /** File in that directory that the firmware boots. */
  readonly bootFile: string;
  /** Directory for the monitor socket, QEMU's log and the output of the serial port. */
  readonly directory: string;
  /** Image of the hard disk. @default none */
  readonly disk?: string;
  /** Set to false to have the BIOS use the serial port as its screen. @default true */
  readonly hasScreen?: boolean;
}

/**
 * A PC with a PXE card, emulated in software. QEMU's own user network answers DHCP and TFTP, so
 * neither root nor a network namespace is needed. Disposing of it switches it off.
 */
export class Machine implements AsyncDisposable {
  readonly #qemu: Qemu;
  readonly #directory: string;
  #hasEnded = false;

  private constructor(qemu: Qemu, directory: string) {
    this.#qemu = qemu;
    this.#directory = directory;
    void qemu.program.exited.then(() => (this.#hasEnded = true));
  }

  /** Starts the machine. */
  static async start(options: MachineOptions): Promise<Machine> {
    const { tftp, bootFile, directory, disk, hasScreen = true } = options;
    const args = [
      ...['-accel', 'tcg', '-m', '256', '-nodefaults', '-display', 'none', '-no-reboot'],
      // Without a screen, the BIOS writes to the serial port what programs write to the screen.
      ...(hasScreen ? ['-machine', 'pc', '-vga', 'std'] : ['-machine', 'pc,graphics=off']),
      ...['-boot', disk === undefined ? 'n' : 'nc'],
      ...(disk === undefined ? [] : ['-drive', `file=${disk},format=raw,if=ide`]),
      // Programs that are started end QEMU through this device.
      ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=1'],
      ...['-netdev', `user,id=net,tftp=${tftp},bootfile=${bootFile}`],
      ...['-device', 'virtio-net-pci,netdev=net'],
      ...['-serial', `file:${join(directory, 'serial')}`],
    ];
    const emulator = 'qemu-system-x86_64';
    const qemu = await startQemu({ emulator, args, directory, start: startProgram });
    return new Machine(qemu, directory);
  }

  /** File with all output of the serial port so far. */
  get serialFile(): string {
    return join(this.#directory, 'serial');
  }

  /** Returns all output of the serial port so far. */
  async serial(): Promise<Buffer> {
    return readFile(this.serialFile);
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

  /** Waits until the serial text contains one of the markers. */
  async waitFor(markers: readonly string[], timeoutMs: number): Promise<void> {
    if (await this.watch(markers, timeoutMs)) {
      return;
    }
    const seen = JSON.stringify((await this.serial()).toString('latin1').slice(-500));
    throw new Error(`none of ${JSON.stringify(markers)} on the serial port, which ends in ${seen}`);
  }

  /**
   * Waits a limited time for one of the markers in the serial text, or until the machine exits. Returns true
   * if one appeared.
   */
  async watch(markers: readonly string[], timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const hasEnded = this.#hasEnded;
      const serial = await this.serial();
      if (markers.some((marker) => serial.includes(marker))) {
        return true;
      }
      if (hasEnded || Date.now() > deadline) {
        return false;
      }
      await sleep(POLL_MS);
    }
  }

  /**
   * Presses keys one after the other. They are named as in {@link qemuKeys}: the names of `MenuNavigator`, or
   * single characters.
   */
  async press(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.#qemu.press(qemuKeys(key), HOLD_MS, KEY_PAUSE_MS);
    }
  }

  /** Saves a screenshot as PNG. */
  screenshot(file: string): Promise<void> {
    return this.#qemu.screenshot(file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#qemu[Symbol.asyncDispose]();
  }
}
