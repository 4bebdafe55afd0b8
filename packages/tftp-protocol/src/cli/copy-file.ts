import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';

import { TftpError } from '../errors.js';
import {
  createTftpClient,
  type TftpClient,
  type TftpClientOptions,
  type TftpProgress,
} from '../node/index.js';
import { type CommandStreams } from './command-streams.js';
import { grouped, ProgressLine } from './progress-line.js';

const STANDARD_STREAM = '-';

/** Options of `pxe-tftp get` and `put`. */
export interface CopyOptions {
  /** True to suppress progress and the summary. */
  readonly quiet: boolean;
}

/**
 * Reads a file from a server into a local file or standard output.
 *
 * @param local - path, or `-` for standard output; defaults to the last segment of the remote name
 */
export async function getFile(
  options: TftpClientOptions,
  remote: string,
  local: string | undefined,
  copy: CopyOptions,
  streams: CommandStreams,
): Promise<void> {
  const target = local ?? lastSegment(remote);
  await copying(options, remote, copy, streams, async (client, onProgress) => {
    let copied = 0;
    const { stream, size = 0 } = await client.getStream(remote, {
      signal: streams.signal,
      checkSize: false,
      onProgress: (progress) => {
        copied = progress.bytes;
        onProgress(progress);
      },
    });
    if (target === STANDARD_STREAM) {
      await pipeline(stream, streams.output, { end: false });
    } else {
      await storeWhole(stream, target);
    }
    if (options.mode !== 'netascii' && size > 0 && copied !== size) {
      const sizes = `expected ${size} bytes (tsize), got ${copied}`;
      streams.error.write(`pxe-tftp: warning: ${remote}: ${sizes}; check the file\n`);
    }
  });
}

/**
 * Writes a file to a server.
 *
 * @param local - path, or `-` for standard input
 * @param remote - name on the server; defaults to the last segment of the local path
 */
export async function putFile(
  options: TftpClientOptions,
  local: string,
  remote: string | undefined,
  copy: CopyOptions,
  streams: CommandStreams,
): Promise<void> {
  const name = remote ?? lastSegment(local);
  await copying(options, name, copy, streams, async (client, onProgress) => {
    const terms = { signal: streams.signal, onProgress };
    if (local === STANDARD_STREAM) {
      await client.put(name, webStream(streams.input), terms);
      return;
    }
    const file = await open(local);
    try {
      const { size } = await file.stat();
      // Pipes and files such as those in /proc report a size of 0, whatever they contain.
      const known = size > 0 ? { size } : {};
      const content = webStream(createReadStream(local, { fd: file, autoClose: false }));
      await client.put(name, content, { ...terms, ...known });
    } finally {
      await file.close();
    }
  });
}

/** Copies a file with progress, then prints a summary. */
async function copying(
  options: TftpClientOptions,
  name: string,
  { quiet }: CopyOptions,
  { error }: CommandStreams,
  copy: (client: TftpClient, onProgress: (progress: TftpProgress) => void) => Promise<void>,
): Promise<void> {
  const line = new ProgressLine(error);
  const client = await createTftpClient(options);
  const startedAt = performance.now();
  let copied = 0;
  try {
    await copy(client, (progress) => {
      copied = progress.bytes;
      if (!quiet) {
        line.draw(name, progress);
      }
    });
  } finally {
    line.clear();
    // The copy is complete, so there is no need to wait for the end of dallying.
    await client.close();
  }
  if (!quiet) {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
    error.write(`${name}: ${grouped(copied)} bytes in ${seconds} s\n`);
  }
}

/** Writes a stream to a file that appears only once it is complete. */
async function storeWhole(stream: ReadableStream<Uint8Array>, path: string): Promise<void> {
  const partial = `${path}.${process.pid}.part`;
  try {
    await pipeline(stream, createWriteStream(partial, { flags: 'wx' }));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

function webStream(stream: NodeJS.ReadableStream): ReadableStream<Uint8Array> {
  return ReadableStream.from(stream as AsyncIterable<Uint8Array>);
}

/**
 * Returns the name of a file without its directories.
 *
 * @throws {@link TftpError} when the last segment is empty, `.`, `..` or `-`
 */
function lastSegment(path: string): string {
  const name = path.split(/[/\\]/).at(-1) ?? '';
  if (name === '' || name === '.' || name === '..' || name === STANDARD_STREAM) {
    throw new TftpError(`${JSON.stringify(path)} has no file name. Pass both file names`, {
      code: 'ERR_TFTP_ABORTED',
    });
  }
  return name;
}
