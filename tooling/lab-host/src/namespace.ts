import { setTimeout as delay } from 'node:timers/promises';

import { type CommandOptions, type CommandResult, runCommand, tryCommand } from './command.js';
import { LabHostError } from './errors.js';

/** Network namespace: the network of one machine. */
export interface Namespace extends AsyncDisposable {
  readonly name: string;
  /** Path, for runtimes that join it. */
  readonly path: string;
  /** Runs a command inside, until it exits. */
  run(command: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Configures it with `ip`. */
  ip(...args: readonly string[]): Promise<void>;
}

/** Creates an isolated namespace with only a loopback interface. */
export async function createNamespace(name: string): Promise<Namespace> {
  await runCommand('ip', ['netns', 'add', name]);
  const namespace: Namespace = {
    name,
    path: `/run/netns/${name}`,
    run: (command, args, options) =>
      tryCommand('ip', ['netns', 'exec', name, command, ...args], options),
    async ip(...args) {
      await runCommand('ip', ['-netns', name, ...args]);
    },
    async [Symbol.asyncDispose]() {
      await runCommand('ip', ['netns', 'delete', name]);
    },
  };
  await namespace.ip('link', 'set', 'lo', 'up');
  return namespace;
}

/** One end of a cable. */
export interface CableEnd {
  readonly namespace: Namespace;
  readonly device: string;
  /** Address with prefix length, such as `192.0.2.1/24`. */
  readonly address: string;
}

/** Time limit for a link to come up. It takes less than a second, except on a busy host. */
const LINK_UP_TIMEOUT_MS = 10_000;

/** Lays a cable between two namespaces and brings it up. It disappears with either of them. */
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

/** Programs do not see the addresses of a link before it is up. */
async function linkUp({ namespace, device }: CableEnd): Promise<void> {
  const deadline = Date.now() + LINK_UP_TIMEOUT_MS;
  const state = async (): Promise<string> =>
    (await namespace.run('cat', [`/sys/class/net/${device}/operstate`])).stdout.trim();
  for (let last = await state(); last !== 'up'; last = await state()) {
    if (Date.now() > deadline) {
      const message = `${device} in ${namespace.name} is ${last} after ${LINK_UP_TIMEOUT_MS} ms`;
      throw new LabHostError('ERR_LAB_HOST_DEADLINE', message);
    }
    await delay(20);
  }
}

/** Kills the processes that still run in a namespace. `ip` is run outside, or it would list itself. */
export async function endPrograms(name: string): Promise<void> {
  const pids = await runCommand('ip', ['netns', 'pids', name]);
  for (const pid of pids.split(/\s+/).filter((word) => word !== '')) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      // It ended by itself between the listing and now.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) {
        throw error;
      }
    }
  }
}
