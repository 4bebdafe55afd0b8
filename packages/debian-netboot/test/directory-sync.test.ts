import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { createProgramBuilder, supportProgram } from './support/child-program.js';
import { afterTest, temporaryDirectory } from './support/made-up-mirror.js';

const runFile = promisify(execFile);

describe.skipIf(lacks('strace'))('a file system that cannot sync directories', () => {
  it.each(['EINVAL', 'EOPNOTSUPP'])('can be used, with one warning (%s)', async (code) => {
    const { stderr, stdout } = await replaceTwice(code);
    expect(stdout).toBe('second\n');
    expect(stderr.match(/NETBOOT_NO_DIRECTORY_SYNC/g)).toHaveLength(1);
  });

  it('is distinguished from a failing disk', async () => {
    await expect(replaceTwice('EIO')).rejects.toMatchObject({
      stderr: expect.stringContaining('EIO') as string,
    });
  });
});

/** Replaces a file twice; every sync of its directory fails with `code`. */
async function replaceTwice(code: string): Promise<{ stdout: string; stderr: string }> {
  const programs = await createProgramBuilder();
  afterTest(() => programs.remove());
  const program = await programs.build(supportProgram('replace-child.ts'));
  const directory = await temporaryDirectory();
  return runFile(
    'strace',
    [
      ...['-f', '-qq', '-o', join(directory, 'trace'), '-e', 'trace=fsync'],
      ...['-e', `inject=fsync:error=${code}:when=2+2`],
      ...[process.execPath, program, directory],
    ],
    {
      // strace counts the calls of each thread separately.
      env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    },
  );
}
