import { type Command } from 'commander';

import { ownForm, PxebootCommand } from './help.js';
import { type Terminal } from './terminal.js';

/** Command whose module is loaded when the command is run, or when its `--help` is requested. */
interface LazyCommand {
  readonly name: string;
  readonly description: string;
  /** Loads the function that adds the command's arguments, options, subcommands and action. */
  readonly load: () => Promise<DefineCommand>;
}

/** Adds the arguments, options, subcommands and action of a command. */
type DefineCommand = (command: Command, terminal: Terminal) => void;

const COMMANDS: readonly LazyCommand[] = [
  {
    name: 'serve',
    description: 'serve TFTP, boot HTTP and health checks until stopped',
    load: async () => (await import('./commands/serve.js')).defineServe,
  },
  {
    name: 'sync',
    description: 'fetch and verify the configured images, then exit',
    load: async () => (await import('./commands/sync.js')).defineSync,
  },
  {
    name: 'images',
    description: 'list, verify and clean up stored images',
    load: async () => (await import('./commands/images.js')).defineImages,
  },
  {
    name: 'boots',
    description: 'list the machines that booted, how far they got and why they stopped',
    load: async () => (await import('./commands/boots.js')).defineBoots,
  },
  {
    name: 'hosts',
    description: 'list and add machines, and install them unattended',
    load: async () => (await import('./commands/hosts.js')).defineHosts,
  },
  {
    name: 'preseed',
    description: 'check and show preseeds of unattended installations',
    load: async () => (await import('./commands/preseed.js')).definePreseed,
  },
  {
    name: 'hooks',
    description: 'test the URLs that are called on boots, installations and refreshes',
    load: async () => (await import('./commands/hooks.js')).defineHooks,
  },
  {
    name: 'menu',
    description: 'show, check and convert boot menus',
    load: async () => (await import('./commands/menu.js')).defineMenu,
  },
  {
    name: 'config',
    description: 'check or print the configuration',
    load: async () => (await import('./commands/config.js')).defineConfig,
  },
  {
    name: 'dhcp',
    description: 'print the configuration to add to your DHCP server, for the images in the store',
    load: async () => (await import('./commands/dhcp.js')).defineDhcp,
  },
  {
    name: 'doctor',
    description: 'test the network as a booting machine would, and explain what fails',
    load: async () => (await import('./commands/doctor.js')).defineDoctor,
  },
  {
    name: 'health',
    description: 'ask the running daemon whether it is ready',
    load: async () => (await import('./commands/health.js')).defineHealth,
  },
  {
    name: 'completion',
    description: 'print the completion script of a shell',
    load: async () => (await import('./commands/completion.js')).defineCompletion,
  },
  {
    name: 'man',
    description: 'print the manual page, for "man -l -"',
    load: async () => (await import('./commands/man.js')).defineMan,
  },
];

/**
 * Creates the `pxeboot` command line, to be parsed with `parseAsync`. Loading every command would take
 * several times as long as running most of them, so each is defined only when it is chosen.
 */
export function createProgram(terminal: Terminal, version: string): Command {
  return lazyProgram(terminal, version).program;
}

/** Creates the command line with every command defined, so that texts can be generated from it. */
export async function createWholeProgram(terminal: Terminal, version: string): Promise<Command> {
  const { program, define } = lazyProgram(terminal, version);
  for (const command of program.commands) {
    await define(command);
  }
  return program;
}

function lazyProgram(
  terminal: Terminal,
  version: string,
): { readonly program: Command; readonly define: (command: Command) => Promise<void> } {
  const program = new PxebootCommand('pxeboot')
    .description('Plug a machine into the network, and it boots a verified Debian installer.')
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    // Subcommands inherit this; the caller sets the exit code.
    .exitOverride()
    // Print errors in the style of this program's other messages.
    .configureOutput({
      outputError: (text, write) => {
        write(ownForm(text));
      },
    });
  const lazy = new Map<Command, LazyCommand['load']>();
  for (const { name, description, load } of COMMANDS) {
    lazy.set(program.command(name).description(description), load);
  }
  // Commander's own help command would show a command that has not been loaded.
  program
    .helpCommand(false)
    .command('help [command...]')
    .description('show the help of a command')
    .action(async (names: readonly string[]) => {
      const [first] = names;
      if (first !== undefined && !program.commands.some((command) => command.name() === first)) {
        program.error(`error: unknown command '${first}'`);
      }
      await program.parseAsync([...names, '--help'], { from: 'user' });
    });
  program.hook('preSubcommand', (_program, command) => define(command));
  return { program, define };

  async function define(command: Command): Promise<void> {
    const load = lazy.get(command);
    lazy.delete(command);
    const defineCommand = await load?.();
    defineCommand?.(command, terminal);
  }
}
