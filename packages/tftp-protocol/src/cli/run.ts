import { parseArgs, type ParseArgsConfig } from 'node:util';

import { TftpError } from '../errors.js';
import { type TftpClientOptions } from '../node/index.js';
import { type CommandStreams } from './command-streams.js';
import { getFile, putFile } from './copy-file.js';
import { serveDirectory } from './serve-directory.js';
import { parseServerName } from './server-name.js';

const USAGE = `usage: pxe-tftp get HOST[:PORT] FILE [LOCAL|-] [options]
       pxe-tftp put HOST[:PORT] LOCAL|- [FILE] [options]
       pxe-tftp serve DIRECTORY [--listen ADDRESS]... [--port PORT] [--upload] [--overwrite]

get    read a file from a TFTP server; the local file appears only when complete
put    write a file to a TFTP server
serve  serve the files below a directory until interrupted

--blksize BYTES      block size to request (1428)
--windowsize BLOCKS  window size to request (16)
--timeout SECONDS    retransmission interval to request
--netascii           convert line endings (text mode)
--quiet              print no progress and no summary
--listen ADDRESS     address to listen on (all addresses of this host)
--port PORT          UDP port to listen on (69)
--upload             accept uploads
--overwrite          let uploads replace files
-                    standard output or input
`;

const OPTIONS = {
  blksize: { type: 'string' },
  windowsize: { type: 'string' },
  timeout: { type: 'string' },
  netascii: { type: 'boolean', default: false },
  quiet: { type: 'boolean', default: false },
  listen: { type: 'string', multiple: true },
  port: { type: 'string' },
  upload: { type: 'boolean', default: false },
  overwrite: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsConfig['options'];

/** Options that each command accepts. */
const OPTIONS_OF = {
  get: ['blksize', 'windowsize', 'timeout', 'netascii', 'quiet'],
  put: ['blksize', 'windowsize', 'timeout', 'netascii', 'quiet'],
  serve: ['listen', 'port', 'upload', 'overwrite', 'quiet'],
} as const;

/** Error in the command line. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Runs the command line of `pxe-tftp`.
 *
 * @returns exit code: 0 on success, 1 if a transfer, a file or a port fails, 2 for a usage error
 * @throws any other error, after printing its message
 */
export async function runTftpCommand(
  args: readonly string[],
  streams: CommandStreams,
): Promise<number> {
  try {
    await run(args, streams);
    return 0;
  } catch (error) {
    streams.error.write(`pxe-tftp: ${messageOf(error)}\n`);
    if (error instanceof UsageError || error instanceof RangeError) {
      streams.error.write(USAGE);
      return 2;
    }
    if (error instanceof TftpError || isSystemError(error)) {
      return 1;
    }
    throw error;
  }
}

async function run(args: readonly string[], streams: CommandStreams): Promise<void> {
  const { values, positionals, tokens } = parsed(args);
  const [command, first, second, third, ...others] = positionals;
  if (values.help) {
    streams.output.write(USAGE);
    return;
  }
  if (!isCommand(command)) {
    throw new UsageError(
      `unknown command ${JSON.stringify(command ?? '')}: expected get, put or serve`,
    );
  }
  for (const token of tokens) {
    if (token.kind === 'option' && !OPTIONS_OF[command].some((name) => name === token.name)) {
      throw new UsageError(`${command} does not accept ${token.rawName}`);
    }
  }
  if (first === undefined || others.length > 0) {
    throw new UsageError(`${command}: wrong number of arguments`);
  }
  if (command === 'serve') {
    if (second !== undefined) {
      throw new UsageError('serve: expected one directory');
    }
    const { listen, port, upload, overwrite, quiet } = values;
    const at = { listen, port: port === undefined ? undefined : Number(port) };
    await serveDirectory(first, { ...at, upload, overwrite, quiet }, streams);
    return;
  }
  if (second === undefined) {
    throw new UsageError(`${command}: expected a server and a file`);
  }
  const client = clientOptions(first, values);
  const copy = command === 'get' ? getFile : putFile;
  await copy(client, second, third, { quiet: values.quiet }, streams);
}

function clientOptions(
  server: string,
  values: Pick<
    ReturnType<typeof parsed>['values'],
    'blksize' | 'windowsize' | 'timeout' | 'netascii'
  >,
): TftpClientOptions {
  const at = parseServerName(server);
  if (at === undefined) {
    throw new UsageError(`${server}: expected HOST, HOST:PORT or [IPV6]:PORT`);
  }
  const { blksize, windowsize, timeout, netascii } = values;
  return {
    ...at,
    ...(blksize !== undefined && { blksize: Number(blksize) }),
    ...(windowsize !== undefined && { windowsize: Number(windowsize) }),
    ...(timeout !== undefined && { timeoutSeconds: Number(timeout) }),
    mode: netascii ? 'netascii' : 'octet',
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, tokens: true, options: OPTIONS });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function isCommand(name: string | undefined): name is keyof typeof OPTIONS_OF {
  return name !== undefined && Object.hasOwn(OPTIONS_OF, name);
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/**
 * Returns the message of an error; that of a file error names the file before the reason, without the system
 * call.
 */
function messageOf(error: unknown): string {
  if (isSystemError(error) && error.path !== undefined) {
    return `cannot use ${error.path}: ${error.message.replace(/, .*/s, '')}`;
  }
  return error instanceof Error ? error.message : String(error);
}
