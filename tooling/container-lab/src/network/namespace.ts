import { runCommand, tryCommand, type CommandOptions, type CommandResult } from '../command.js';

/** A network namespace: one machine's network. */
export interface Namespace extends AsyncDisposable {
  readonly name: string;
  /** For runtimes that join it. */
  readonly path: string;
  /** Runs a command inside, to its end. */
  run(command: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Configures it, by `ip`. */
  ip(...args: readonly string[]): Promise<void>;
}

/** Creates a namespace with only a loopback interface, without any way out. */
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
  /** As in `192.0.2.1/24`. */
  readonly address: string;
}

/** Lays a cable between two namespaces. It is gone with either of them. */
export async function connect(one: CableEnd, other: CableEnd): Promise<void> {
  await one.namespace.ip(
    ...['link', 'add', one.device, 'type', 'veth'],
    ...['peer', 'name', other.device, 'netns', other.namespace.name],
  );
  for (const { namespace, device, address } of [one, other]) {
    await namespace.ip('address', 'add', address, 'dev', device);
    await namespace.ip('link', 'set', device, 'up');
  }
}
