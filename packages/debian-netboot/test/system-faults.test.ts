import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openStore } from '../src/index.js';
import {
  createProgramBuilder,
  type ProgramBuilder,
  supportProgram,
} from './support/child-program.js';
import { IS_LONG_RUN } from './support/long-run.js';
import { madeUpMirror, temporaryDirectory, TRIXIE, TRIXIE_2 } from './support/made-up-mirror.js';

const runFile = promisify(execFile);

describe('a system call that fails in a sync', { timeout: 900_000 }, () => {
  let programs: ProgramBuilder;

  beforeAll(async () => {
    programs = await createProgramBuilder();
  });

  afterAll(() => programs.remove());

  it('is reported with its path, and leaves a generation to serve', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const directory = await temporaryDirectory();
    const store = join(directory, 'store');
    await archive.sync(await openStore(store));
    await archive.publish(TRIXIE_2);
    const keyring = join(directory, 'keyring.asc');
    await writeFile(keyring, archive.key.publicKey);
    const program = await programs.build(supportProgram('system-fault-child.ts'));
    const scratch = join(directory, 'scratch');
    const args = [program, store, archive.mirror.url, keyring, scratch, IS_LONG_RUN ? '1' : '7'];
    const { stdout } = await runFile(process.execPath, args);
    const { problems, failures } = JSON.parse(stdout) as { problems: string[]; failures: number };
    expect(problems).toEqual([]);
    expect(failures).toBeGreaterThan(10);
  });
});
