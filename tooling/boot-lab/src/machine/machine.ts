import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Namespace, type Program, type Qemu, startQemu } from '@pxe/lab-host';

import { type Screen, VgaScreen } from '../screen/vga-screen.js';
import { type Display, screenDisplay, serialDisplay } from './display.js';
import { type Firmware } from './firmware.js';
import { type Disk, type MachineFiles, qemuArguments } from './qemu-arguments.js';
import { followSerialLog, type SerialConsole } from './serial-console.js';
import { writeUBootFlash } from './u-boot-environment.js';

/** Keys understood by menus, by their QEMU names ("QKeyCode"). */
export type Key = 'home' | 'down' | 'up' | 'ret' | 'esc' | 'tab';

/** Time for which a key is held down, in milliseconds. */
const HOLD_MS = 80;
/** Time for the guest to react to a key, in milliseconds: TCG is slow. */
const PAUSE_MS = 200;

/** Machine that boots: QEMU with firmware, a network card, a screen and a serial port. */
export interface Machine {
  readonly program: Program;
  readonly serial: SerialConsole;
  readonly screen: Screen;
  /** Display from which the menu can be read. */
  readonly display: Display;
  /** Lets the firmware start. */
  powerOn(): Promise<void>;
  /** Presses keys one after another. */
  pressKeys(keys: readonly Key[]): Promise<void>;
  /** Presses the reset button. */
  reset(): Promise<void>;
  /** Switches the machine off. */
  powerOff(): Promise<void>;
}

/** Parts of a machine. */
export interface MachineParts {
  readonly firmware: Firmware;
  /** QEMU's arguments for its network cable. */
  readonly cable: readonly string[];
  /** True if the machine starts again when it has nothing left to boot. */
  readonly reboots: boolean;
  /** Local disk. @default no disk */
  readonly disk?: Disk;
}

/**
 * Creates the machine inside the namespace. It stays off until {@link Machine.powerOn}.
 *
 * @param directory - directory for its sockets, serial log and screenshots
 */
export async function createMachine(
  namespace: Namespace,
  { firmware, cable, disk, reboots }: MachineParts,
  directory: string,
): Promise<Machine> {
  const files: MachineFiles = {
    serialLog: join(directory, 'serial.log'),
    variables: join(directory, 'uefi-variables.fd'),
    ...(disk !== undefined && { disk }),
  };
  const { emulator, flash, uBoot, hasVgaScreen, screenFont } = firmware;
  if (flash !== undefined) {
    await copyFile(flash.variablesFile, files.variables);
  }
  if (uBoot !== undefined) {
    await writeUBootFlash(files.variables, uBoot.environment);
  }
  const serial = await followSerialLog(files.serialLog);
  let qemu: Qemu;
  try {
    const args = qemuArguments(firmware, cable, files, reboots);
    qemu = await startQemu({
      emulator,
      args,
      directory,
      start: (...call) => namespace.start(...call),
    });
  } catch (error) {
    await serial.close();
    throw error;
  }
  const screen = new VgaScreen(qemu, directory, hasVgaScreen ? 'VGA BIOS' : screenFont);
  return {
    program: qemu.program,
    serial,
    screen,
    display: hasVgaScreen ? screenDisplay(screen) : serialDisplay(serial),
    powerOn: () => qemu.monitor.execute('cont', {}),
    async pressKeys(keys) {
      for (const key of keys) {
        await qemu.press([key], HOLD_MS, PAUSE_MS);
      }
    },
    reset: () => qemu.monitor.execute('system_reset', {}),
    async powerOff() {
      await qemu[Symbol.asyncDispose]();
      await serial.close();
    },
  };
}
