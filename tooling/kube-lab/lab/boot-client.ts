import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { type Namespace } from '@pxe/lab-host';

/** Program that loads files as firmware does. */
export type BootClient = 'tftp-hpa' | 'busybox-tftp' | 'curl' | 'busybox-wget';

/** Result of an attempt to load a file. */
export interface Attempt<Content> {
  /** Content that was read from the file; undefined if the program gave up. */
  readonly content: Content | undefined;
  /** Output of the program, with the text of an ERROR. */
  readonly output: string;
}

/** A file that was loaded, after any number of attempts. */
export interface Loaded<Content> {
  readonly content: Content;
  /** Outputs of the attempts that failed. */
  readonly failures: readonly string[];
}

/** Time limit for one attempt, in milliseconds; long, since the host may be busy and transfers may be slow on purpose. */
const ATTEMPT_TIMEOUT_MS = 900_000;

/** Maximum number of attempts; firmware also retries a failed load. */
const ATTEMPTS = 8;

/** Returns the command that loads a file; all of these programs report it if the file stays incomplete. */
function commandOf(
  program: BootClient,
  address: string,
  path: string,
  file: string,
): readonly [string, ...string[]] {
  const url = `http://${address}:8069/${path}`;
  switch (program) {
    case 'tftp-hpa':
      return ['tftp', '-m', 'binary', address, '-c', 'get', path, file];
    case 'busybox-tftp':
      return ['busybox', 'tftp', '-g', '-r', path, '-l', file, address];
    case 'curl':
      return [
        'curl',
        '--silent',
        '--show-error',
        '--fail',
        '--connect-timeout',
        '5',
        '-o',
        file,
        url,
      ];
    case 'busybox-wget':
      return ['busybox', 'wget', '-q', '-O', file, url];
  }
}

/** Reads the SHA-256 of a file, in hexadecimal. */
export async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Reads a short file. */
export function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8');
}

/**
 * Loads a file once.
 *
 * @param read - reads what the caller needs from the file
 */
export async function attempt<Content>(
  client: Namespace,
  program: BootClient,
  address: string,
  path: string,
  read: (file: string) => Promise<Content>,
): Promise<Attempt<Content>> {
  const directory = await mkdtemp(join(tmpdir(), 'boot-client-'));
  try {
    const file = join(directory, 'file');
    const [command, ...args] = commandOf(program, address, path, file);
    const { exitCode, stdout, stderr } = await client.run(command, args, {
      timeoutMs: ATTEMPT_TIMEOUT_MS,
    });
    const output = `${stdout}${stderr}`.trim();
    // tftp-hpa exits with 0 even after an ERROR from the server, but prints it.
    const isComplete = exitCode === 0 && (program !== 'tftp-hpa' || output === '');
    return {
      content: isComplete ? await read(file) : undefined,
      output: output === '' ? `exit code ${exitCode}` : output,
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * Loads a file, again if an attempt fails.
 *
 * @param read - reads what the caller needs from the file
 * @throws Error with all outputs, if the last attempt fails as well
 */
export async function load<Content>(
  client: Namespace,
  program: BootClient,
  address: string,
  path: string,
  read: (file: string) => Promise<Content>,
): Promise<Loaded<Content>> {
  const failures: string[] = [];
  while (failures.length < ATTEMPTS) {
    const { content, output } = await attempt(client, program, address, path, read);
    if (content !== undefined) {
      return { content, failures };
    }
    failures.push(output);
  }
  throw new Error(`${program} cannot load ${path} from ${address}: ${failures.join('; ')}`);
}
