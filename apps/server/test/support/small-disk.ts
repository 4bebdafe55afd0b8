import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * File system of a few megabytes that can be filled up. It is mounted in its own mount namespace, which ends
 * with this process at the latest; programs that use the disk run in that namespace.
 */
export class SmallDisk implements AsyncDisposable {
  readonly directory: string;
  readonly #holder: ChildProcess;

  private constructor(directory: string, holder: ChildProcess) {
    this.directory = directory;
    this.#holder = holder;
  }

  /**
   * Creates and mounts an empty disk.
   *
   * @param directory - mount point, which is created
   * @param megabytes - size in megabytes
   */
  static async create(directory: string, megabytes: number): Promise<SmallDisk> {
    await mkdir(directory);
    const script = `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && echo mounted && exec cat`;
    // `cat` reads until this process ends, or closes its input.
    const holder = spawn(
      'unshare',
      ['-m', '--propagation', 'private', 'sh', '-c', script, directory],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const [line] = (await Promise.race([
      once(createInterface({ input: holder.stdout }), 'line'),
      once(holder, 'exit'),
    ])) as [unknown];
    if (line !== 'mounted') {
      throw new Error(`cannot mount ${directory}`);
    }
    return new SmallDisk(directory, holder);
  }

  /** Program and arguments that run another one where the disk is mounted. */
  get prefix(): readonly [string, ...string[]] {
    return ['nsenter', '-m', '-t', String(this.#holder.pid), '--'];
  }

  /** Runs a shell script where the disk is mounted; `$0` is its directory. */
  async run(script: string): Promise<string> {
    const [program, ...args] = this.prefix;
    const { stdout } = await run(program, [...args, 'sh', '-e', '-c', script, this.directory]);
    return stdout;
  }

  /** Takes every free byte. */
  async fill(): Promise<void> {
    await this.run('cat /dev/zero > "$0/filler" 2>/dev/null || true');
  }

  /** Frees the space that {@link SmallDisk.fill} took. */
  async free(): Promise<void> {
    await this.run('rm "$0/filler"');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.stdin?.end();
    if (this.#holder.exitCode === null) {
      await once(this.#holder, 'exit');
    }
  }
}
