import { childOf } from './child-process.js';
import { type CommandOptions, runCommand, tryCommand } from './command.js';
import { debianMirror } from './debian-mirror.js';
import { eventually } from './eventually.js';
import { type Namespace } from './namespace.js';
import { type Program, type ProgramOptions, startProgram } from './program.js';

/** Packages of a plain Debian host. */
const PACKAGES = ['ca-certificates', 'dbus', 'systemd', 'systemd-sysv'];

const SUITE = 'trixie';

/** Time limit for the boot, in milliseconds; long, since the host may be busy. */
const BOOT_MS = 120_000;

/** Debian with systemd, booted by systemd-nspawn. Disposing of it powers it off. */
export interface Machine extends AsyncDisposable {
  /** Runs a shell script inside as root; the script ends at the first command that fails. */
  run(
    script: string,
    options?: CommandOptions,
  ): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
  /**
   * Runs a script that must succeed.
   *
   * @returns its standard output
   * @throws {@link LabError} `ERR_LAB_PROGRAM`
   */
  output(script: string): Promise<string>;
  /** Starts a shell script inside as root. */
  start(script: string, options?: ProgramOptions): Promise<Program>;
}

/** Options for booting a machine. */
export interface MachineOptions {
  /** Further options of systemd-nspawn. @default none */
  readonly nspawn?: readonly string[];
  /**
   * Path of the mount namespace to run systemd-nspawn in: `ip netns exec` hides the control groups, which it needs.
   *
   * @default the lab's own
   */
  readonly mountNamespace?: string;
}

/**
 * Installs Debian 13 with systemd into a folder, through this host's configuration of apt.
 *
 * @param packages - what else it needs: the machine cannot reach an archive
 */
export async function installDebian(directory: string, packages: readonly string[]): Promise<void> {
  await runCommand('mmdebstrap', [
    '--quiet',
    '--variant=minbase',
    `--include=${[...PACKAGES, ...packages].join(',')}`,
    SUITE,
    directory,
    ...(await debianMirror()),
  ]);
}

/** Boots the system in a folder, in a network namespace. */
export async function bootMachine(
  directory: string,
  network: Namespace,
  { nspawn = [], mountNamespace = '/proc/self/ns/mnt' }: MachineOptions = {},
): Promise<Machine> {
  const program = await startProgram('nsenter', [
    `--mount=${mountNamespace}`,
    '--',
    'systemd-nspawn',
    '--quiet',
    '--boot',
    `--directory=${directory}`,
    // Registration needs systemd, which this host might not be running.
    '--register=no',
    '--keep-unit',
    `--network-namespace-path=${network.path}`,
    ...nspawn,
  ]);
  // systemd-nspawn's first child is not the machine's init yet.
  const leader = await eventually('the machine has booted', BOOT_MS, async () => {
    const child = await childOf(program.pid);
    const state = await tryCommand(
      'nsenter',
      entering(child, 'systemctl is-system-running --wait'),
      {
        timeoutMs: BOOT_MS,
      },
    );
    return /^(?:running|degraded)/.test(state.stdout) ? child : undefined;
  });
  return {
    run: (script, options) => tryCommand('nsenter', entering(leader, script), options),
    output: (script) => runCommand('nsenter', entering(leader, script)),
    start: (script, options) => startProgram('nsenter', entering(leader, script), options),
    async [Symbol.asyncDispose]() {
      await program.stop('SIGTERM', 60_000);
    },
  };
}

/**
 * Returns the arguments of nsenter for a shell script inside a machine.
 *
 * @param leader - process id of the machine's systemd
 */
function entering(leader: string, script: string): readonly string[] {
  return [
    ...[`--target=${leader}`, '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--'],
    ...['/usr/bin/env', '--ignore-environment', '--chdir=/root', 'HOME=/root', 'LC_ALL=C.UTF-8'],
    ...['PATH=/usr/sbin:/usr/bin', 'DEBIAN_FRONTEND=noninteractive'],
    ...['/bin/bash', '-o', 'pipefail', '-ec', script],
  ];
}
