import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const WORKSPACE = new URL('../../workspace/', import.meta.url);

/** Program that says that it runs, and how it ends; it ends by itself when nobody reads its output. */
const PROGRAM = `
  setInterval(() => process.stdout.write('running\\n'), 100);
  process.stdout.on('error', () => process.exit(1));
  process.on('SIGTERM', () => process.stdout.write('ended by SIGTERM\\n', () => process.exit(7)));`;

/** Runs a script, ends only its own process when it has its first line, and returns all lines and its exit code. */
async function ended(script, env = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  const lines = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (lines.push(line) === 1) {
      child.kill('SIGTERM');
    }
    if (line === 'ended by SIGTERM' || lines.length > 100) {
      break;
    }
  }
  child.stdout.destroy();
  const [code] = await exited;
  return { last: lines.at(-1), code };
}

describe('a signal to a program of the checkout', () => {
  let directory;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-start-signals-'));
    await writeFile(join(directory, 'program.cjs'), PROGRAM);
  });

  afterEach(() => rm(directory, { recursive: true }));

  it('ends what it runs in the foreground', async () => {
    const command = JSON.stringify([process.execPath, join(directory, 'program.cjs')]);
    const script = `
      import { runInForeground } from '${new URL('foreground.js', WORKSPACE).href}';
      process.exitCode = await runInForeground(${command}, { stdio: 'inherit' });`;
    expect(await ended(script)).toEqual({ last: 'ended by SIGTERM', code: 7 });
  });

  it('ends what npx runs while npm start installs', async () => {
    const npx = join(directory, 'npx');
    // Like the real npx, this is a process between npm and the program that does not pass the signal on.
    await writeFile(npx, `#!/bin/sh\n"${process.execPath}" "${directory}/program.cjs"\nexit 1\n`);
    await chmod(npx, 0o755);
    await writeFile(join(directory, 'package.json'), '{"packageManager":"pnpm@0.0.0"}');
    const script = `
      import { prepare } from '${new URL('prepare.js', WORKSPACE).href}';
      process.exitCode = await prepare(${JSON.stringify(directory)}, { isVerbose: true });`;
    const PATH = `${directory}:${process.env.PATH}`;
    expect(await ended(script, { PATH })).toEqual({ last: 'ended by SIGTERM', code: 143 });
  });
});
