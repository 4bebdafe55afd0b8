// Runs programs that end with this one: a signal to this process reaches them, too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

/**
 * Runs a program to its end, and passes SIGTERM and SIGHUP on to it. SIGINT is ignored: Ctrl-C in a terminal also
 * reaches the program itself, and a second signal would end a daemon during a transfer.
 *
 * @param {readonly string[]} command
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<number>} exit code, or 128 and the number of the signal that has ended the program
 */
export async function runInForeground([command, ...args], options) {
  const child = spawn(command, args, options);
  const release = onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (name) => {
    if (name !== 'SIGINT') {
      child.kill(name);
    }
  });
  try {
    const [code, signal] = await once(child, 'exit');
    return code ?? 128 + constants.signals[signal];
  } finally {
    release();
  }
}

/**
 * Calls a function for each of these signals, which then do not end this process.
 *
 * @param {readonly NodeJS.Signals[]} names
 * @param {(name: NodeJS.Signals) => void} callback
 * @returns {() => void} ends the calls
 */
export function onSignals(names, callback) {
  for (const name of names) {
    process.on(name, callback);
  }
  return () => {
    for (const name of names) {
      process.off(name, callback);
    }
  };
}
