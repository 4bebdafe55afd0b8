import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { LabError } from '../errors.js';
import { type NetworkNamespace } from '../network/namespace.js';
import { type Program, startProgram } from '../process/program.js';
import { QmpClient } from '../qmp/qmp-client.js';
import { type Screen, VgaScreen } from '../screen/vga-screen.js';
import { type Display, screenDisplay, serialDisplay } from './display.js';
import { type Firmware } from './firmware.js';
import { type Key, pressKeys } from './keyboard.js';
import { type MachineFiles, qemuArguments } from './qemu-arguments.js';
import { followSerialLog, type SerialConsole } from './serial-console.js';
import { writeUBootFlash } from './u-boot-environment.js';

/** Machine that boots: QEMU with firmware, a network card, a screen and a serial port. */
export interface Machine {
  readonly program: Program;
  readonly serial: SerialConsole;
  readonly screen: Screen;
  /** Display from which the menu can be read. */
  readonly display: Display;
  /** Lets the firmware start. */
  powerOn(): Promise<void>;
  pressKeys(keys: readonly Key[]): Promise<void>;
  /** Switches the machine off. */
  powerOff(): Promise<void>;
}

/** Parts of a machine. */
export interface MachineParts {
  readonly firmware: Firmware;
  /** QEMU's arguments for its network cable. */
  readonly cable: readonly string[];
  /** Image of the local disk. @default no disk */
  readonly disk?: string;
}

const CONNECT_ATTEMPTS = 50;
const CONNECT_PAUSE_MS = 100;

/**
 * Creates the machine inside the namespace. It stays off until {@link Machine.powerOn}.
 *
 * @param directory - for its sockets, serial log and screenshots
 */
export async function createMachine(
  namespace: NetworkNamespace,
  { firmware, cable, disk }: MachineParts,
  directory: string,
): Promise<Machine> {
  const files: MachineFiles = {
    monitorSocket: join(directory, 'monitor.sock'),
    serialLog: join(directory, 'serial.log'),
    variables: join(directory, 'uefi-variables.fd'),
    ...(disk !== undefined && { disk }),
  };
  const { flash, uBoot } = firmware;
  if (flash !== undefined) {
    await copyFile(flash.variablesFile, files.variables);
  }
  if (uBoot !== undefined) {
    await writeUBootFlash(files.variables, uBoot.environment);
  }
  const serial = await followSerialLog(files.serialLog);
  const program = await startProgram({
    name: 'qemu',
    ...namespace.inside(firmware.emulator, qemuArguments(firmware, cable, files)),
    logFile: join(directory, 'qemu.log'),
  });
  let monitor: QmpClient;
  try {
    monitor = await connectMonitor(files.monitorSocket, program);
  } catch (error) {
    await program.stop();
    await serial.close();
    throw error;
  }
  const screen = new VgaScreen(monitor, directory, firmware.hasVgaScreen);
  return {
    program,
    serial,
    screen,
    display: firmware.hasVgaScreen ? screenDisplay(screen) : serialDisplay(serial),
    async powerOn() {
      await monitor.execute('cont', {});
    },
    pressKeys: (keys) => pressKeys(monitor, keys),
    async powerOff() {
      await program.stop();
      monitor.close();
      await serial.close();
    },
  };
}

/** QEMU needs a moment to open its monitor. If it exits instead, its log says why. */
async function connectMonitor(path: string, program: Program): Promise<QmpClient> {
  let ended: string | undefined;
  void program.exited.then(({ how }) => {
    ended = how;
  });
  let lastError: unknown;
  for (let attempt = 0; attempt < CONNECT_ATTEMPTS && ended === undefined; attempt += 1) {
    try {
      return await QmpClient.connect(path);
    } catch (error) {
      lastError = error;
      await sleep(CONNECT_PAUSE_MS);
    }
  }
  throw new LabError(
    'ERR_LAB_PROGRAM',
    `qemu ${ended === undefined ? 'opens no monitor' : `ended (${ended})`}: see ${program.logFile}`,
    { cause: lastError },
  );
}
