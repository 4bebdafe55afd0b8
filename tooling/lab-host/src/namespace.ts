import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { type CommandOptions, type CommandResult, runCommand, tryCommand } from './command.js';
import { LabError } from './errors.js';
import { type Program, type ProgramOptions, startProgram } from './program.js';

/** Network namespace: the network of one machine. Disposing of it kills all processes inside. */
export interface Namespace extends AsyncDisposable {
  readonly name: string;
  /** Path, for runtimes that join the namespace. */
  readonly path: string;
  /** Runs a command inside, until it exits. */
  run(command: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /**
   * Runs a command inside that must succeed.
   *
   * @returns its standard output
   * @throws {@link LabError} `ERR_LAB_PROGRAM` with the end of its output
   */
  output(command: string, args: readonly string[], options?: CommandOptions): Promise<string>;
  /**
   * Starts a program inside. Its process id stays valid, because `ip` replaces itself with the program.
   *
   * @throws {@link LabError} `ERR_LAB_PROGRAM` when it cannot be started
   */
  start(command: string, args: readonly string[], options?: ProgramOptions): Promise<Program>;
  /** Configures the namespace with `ip`. */
  ip(...args: readonly string[]): Promise<void>;
}

/** Creates an isolated namespace with only a loopback interface. */
export async function createNamespace(name: string): Promise<Namespace> {
  await runCommand('ip', ['netns', 'add', name]);
  const namespace = openNamespace(name);
  await namespace.ip('link', 'set', 'lo', 'up');
  return namespace;
}

/** Returns an existing namespace. */
export function openNamespace(name: string): Namespace {
  const inside = ['netns', 'exec', name];
  return {
    name,
    path: `/run/netns/${name}`,
    run: (command, args, options) => tryCommand('ip', [...inside, command, ...args], options),
    output: (command, args, options) => runCommand('ip', [...inside, command, ...args], options),
    start: (command, args, options) =>
      startProgram('ip', [...inside, command, ...args], { name: basename(command), ...options }),
    async ip(...args) {
      await runCommand('ip', ['-netns', name, ...args]);
    },
    async [Symbol.asyncDispose]() {
      await endPrograms(name);
      await runCommand('ip', ['netns', 'delete', name]);
    },
  };
}

/** Returns the names of all network namespaces of this host. */
export async function listNamespaces(): Promise<string[]> {
  const list = await runCommand('ip', ['netns', 'list']);
  return list.split('\n').flatMap((line) => /^\S+/.exec(line) ?? []);
}

/** One end of a cable. */
export interface CableEnd {
  readonly namespace: Namespace;
  readonly device: string;
  /** Address with prefix length, such as `192.0.2.1/24`. */
  readonly address: string;
}

/** Time limit for a link to come up, in milliseconds. It takes less than a second, except on a busy host. */
const LINK_UP_TIMEOUT_MS = 10_000;

/** Lays a cable between two namespaces and brings it up. The cable disappears with either namespace. */
export async function connect(one: CableEnd, other: CableEnd): Promise<void> {
  await one.namespace.ip(
    ...['link', 'add', one.device, 'type', 'veth'],
    ...['peer', 'name', other.device, 'netns', other.namespace.name],
  );
  for (const { namespace, device, address } of [one, other]) {
    await namespace.ip('address', 'add', address, 'dev', device);
    await namespace.ip('link', 'set', device, 'up');
  }
  await Promise.all([linkUp(one), linkUp(other)]);
}

/** Waits until a link is up: programs do not see its addresses before that. */
async function linkUp({ namespace, device }: CableEnd): Promise<void> {
  const deadline = Date.now() + LINK_UP_TIMEOUT_MS;
  const state = async (): Promise<string> =>
    (await namespace.run('cat', [`/sys/class/net/${device}/operstate`])).stdout.trim();
  for (let last = await state(); last !== 'up'; last = await state()) {
    if (Date.now() > deadline) {
      const message = `${device} in ${namespace.name} is ${last} after ${LINK_UP_TIMEOUT_MS} ms`;
      throw new LabError('ERR_LAB_DEADLINE', message);
    }
    await delay(20);
  }
}

/** Kills the processes that still run in a namespace. `ip` is run outside, or it would list itself. */
async function endPrograms(name: string): Promise<void> {
  const pids = await runCommand('ip', ['netns', 'pids', name]);
  for (const pid of pids.split(/\s+/).filter((word) => word !== '')) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      // The process ended by itself between the listing and now.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) {
        throw error;
      }
    }
  }
}
