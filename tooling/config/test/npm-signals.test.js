import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const { scripts } = JSON.parse(
  await readFile(new URL('../../../package.json', import.meta.url), 'utf8'),
);

/** Program that says how it ended: by SIGTERM, or because nobody reads its output. */
const PROGRAM = `
  const waiting = setInterval(() => process.stdout.write('running\\n'), 100);
  process.stdout.on('error', () => process.exit(1));
  process.on('SIGTERM', () => {
    clearInterval(waiting);
    process.stdout.write('ended by SIGTERM\\n');
  });`;

let directory;

describe('a signal to npm alone', () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-npm-signals-'));
  });

  afterEach(() => rm(directory, { recursive: true }));

  // npm passes SIGTERM on to its shell, which would end without its program.
  it.each(['start', 'pxeboot'])('ends the program of npm run %s', async (name) => {
    const file = join(directory, scripts[name].split(' ').at(-1));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, PROGRAM);
    const manifest = { name: 'signals', private: true, scripts: { [name]: scripts[name] } };
    await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));

    const npm = spawn('npm', ['run', '--silent', name], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = [];
    let afterNpm = 0;
    for await (const line of createInterface({ input: npm.stdout })) {
      lines.push(line);
      if (lines.length === 1) {
        npm.kill('SIGTERM');
      }
      // A program that was left behind keeps writing. The last lines of one that has ended may also be read
      // after npm has ended.
      afterNpm += npm.exitCode === null && npm.signalCode === null ? 0 : 1;
      if (line === 'ended by SIGTERM' || afterNpm > 20) {
        break;
      }
    }
    npm.stdout.destroy();
    expect(lines.at(-1)).toBe('ended by SIGTERM');
  });
});
