import { LOCAL_SYSTEM_TEXT } from '../machine/local-disk.js';
import { type Stage } from './stage.js';

/**
 * Returns a stage that waits until the kernel runs, with a console on the serial port. Debian's
 * entries have `quiet`, so the first output may be from the installer's init instead of the kernel.
 */
export function kernelOnSerial(deadlineMs = 120_000): Stage {
  const words = /Linux version \S+|\[ +\d+\.\d{6}\] [^\r\n]*|Starting system log daemon/;
  return serialText('kernel', words, deadlineMs);
}

/**
 * Returns a stage that waits until the installer shows its first dialog. The step is called "Choose
 * language" in its menu, and "Select a language" in its dialog.
 */
export function installerDialog(deadlineMs = 150_000): Stage {
  return serialText('installer', /Choose language|Select a language/, deadlineMs);
}

/** Returns a stage that waits until the system on the machine's own disk runs. */
export function localSystemStarted(deadlineMs = 90_000): Stage {
  return serialText('local disk', new RegExp(LOCAL_SYSTEM_TEXT), deadlineMs);
}

/** Returns a stage that waits until the text from the serial port matches a pattern. */
export function serialText(name: string, pattern: RegExp, deadlineMs: number): Stage {
  return {
    name,
    deadlineMs,
    async run(boot, signal) {
      const { matched } = await boot.machine.serial.waitFor(pattern, signal);
      return `"${matched}" on the serial port`;
    },
  };
}
