import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';

import { describe, expect, it, vi } from 'vitest';

import { runPreseedCommand } from './run.js';

/** Runs a command with a text on standard input. */
async function run(
  args: readonly string[],
  text = '',
): Promise<{ code: number; output: string; error: string }> {
  const written = { output: '', error: '' };
  const into = (name: 'error' | 'output'): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk);
        done();
      },
    });
  const streams = {
    input: Readable.from([Buffer.from(text)]),
    output: into('output'),
    error: into('error'),
  };
  return { code: await runPreseedCommand(args, streams), ...written };
}

const TEXT =
  'd-i netcfg/get_hostname string web1 # name\nd-i passwd/user-password password hunter2\n';

describe('debian-preseed', () => {
  it('checks standard input', async () => {
    const { code, output } = await run(['check', '-'], TEXT);
    expect(code).toBe(0);
    expect(output).toMatch(/^standard input:1:5: note: .*\nstandard input:1:37: warning: /);
    expect(output).toMatch(/standard input: 0 errors, 2 warnings, \d+ notes?\n$/);
    const { output: single } = await run(['check', '-'], 'd-i\n');
    expect(single).toMatch(/standard input: 1 error, 0 warnings, \d+ notes\n$/);
    await expect(run(['check', '-', '--strict'], TEXT)).resolves.toMatchObject({ code: 1 });
    await expect(run(['check', '-', '--strict'], '')).resolves.toMatchObject({ code: 0 });
    await expect(run(['check', '-'], 'd-i\n')).resolves.toMatchObject({ code: 1 });
  });

  it('checks a file, with a report in JSON', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'debian-preseed-'));
    const file = join(directory, 'a.cfg');
    await writeFile(file, TEXT);
    const { output } = await run(['check', file, '--json', '--suite', 'bookworm']);
    expect(JSON.parse(output)).toMatchObject({ file, ok: true });
    const { output: text } = await run(['check', file]);
    expect(text).toContain(`${file}: 0 errors`);
    await rm(directory, { recursive: true });
  });

  it('shows the answers, without passwords', async () => {
    const text = `${TEXT}d-i a/b string x\x1b[31m\nd-i a/b seen false\nd-i netcfg/enable seen true\n`;
    await expect(run(['show', '-'], text)).resolves.toEqual({
      code: 0,
      output:
        'netcfg/get_hostname = web1 # name\npasswd/user-password = (hidden)\na/b = x\\u{1b}[31m (asked)\nnetcfg/enable = true\n',
      error: '',
    });
  });

  it('explains each statement', async () => {
    const { output } = await run(['explain', '-'], TEXT);
    expect(output).toBe(
      '1: netcfg/get_hostname (Hostname:): "web1 # name"\n2: passwd/user-password (Choose a password for the new user:): a password\n',
    );
  });

  it('runs as a program', async () => {
    const { argv, stdout, exitCode } = process;
    const write = vi.spyOn(stdout, 'write').mockReturnValue(true);
    process.argv = ['node', 'debian-preseed', '--help'];
    await import('./main.js');
    expect(write).toHaveBeenCalledWith(expect.stringMatching(/^usage: debian-preseed/));
    expect(process.exitCode).toBe(0);
    write.mockRestore();
    process.argv = argv;
    process.exitCode = exitCode;
  });

  it('prints its usage', async () => {
    const { code, output } = await run(['--help']);
    expect(code).toBe(0);
    expect(output).toMatch(/^usage: debian-preseed check/);
  });

  it.each([
    [['check'], 'name one file'],
    [['check', 'a', 'b'], 'name one file'],
    [['mend', '-'], 'unknown command "mend"'],
    [['check', '-', '--suite', 'sid'], '--suite must be one of bookworm, trixie'],
    [['check', '-', '--colour'], "Unknown option '--colour'"],
  ])('refuses %j', async (args, message) => {
    const { code, error } = await run(args);
    expect(code).toBe(2);
    expect(error).toContain(message);
    expect(error).toContain('usage: debian-preseed');
  });

  it('names a file that it cannot read', async () => {
    await expect(run(['show', '/nowhere'])).resolves.toEqual({
      code: 1,
      output: '',
      error: 'debian-preseed: cannot read /nowhere: ENOENT: no such file or directory\n',
    });
  });
});
