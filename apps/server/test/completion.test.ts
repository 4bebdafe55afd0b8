import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { runPxeboot } from './support/pxeboot-command.js';

const run = promisify(execFile);

let directory: string;

describe.skipIf(lacks('bash'))('pxeboot completion', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-completion-'));
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout, code } = await runPxeboot(['completion', shell]);
      expect(code).toBe(0);
      await writeFile(join(directory, shell), stdout);
    }
    await mkdir(join(directory, 'a folder'));
    await writeFile(join(directory, 'a file'), '');
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** Returns the words that bash offers for the last word of a line that bash has split. */
  async function offered(...line: string[]): Promise<string[]> {
    const words = ['pxeboot', ...line].map((word) => `'${word}'`).join(' ');
    const program = `
      source ./bash
      compopt() { :; }
      COMP_WORDS=(${words}) COMP_CWORD=${line.length}
      _pxeboot
      ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}" || true`;
    const { stdout } = await run('bash', ['--norc', '-eu', '-c', program], { cwd: directory });
    return stdout.split('\n').filter((word) => word !== '');
  }

  it('offers commands and their subcommands', async () => {
    expect(await offered('')).toEqual(expect.arrayContaining(['serve', 'sync', 'images', 'boots']));
    expect(await offered('im')).toEqual(['images']);
    expect(await offered('images', 're')).toEqual([]);
    expect(await offered('images', '')).toEqual(
      expect.arrayContaining(['list', 'verify', 'rollback', 'prune', 'export', 'import']),
    );
  });

  it('offers the flags of the current command', async () => {
    expect(await offered('images', 'prune', '--kee')).toEqual(['--keep']);
    expect(await offered('serve', '--k')).toEqual(['--kernel-args']);
    expect(await offered('--v')).toEqual(['--version']);
    expect(await offered('serve', '--tftp-q')).toEqual([]);
    // Help leaves out the same flags.
    expect(await offered('boots', '--tftp')).toEqual([]);
    expect(await offered('boots', '--st')).toEqual(['--state', '--state-url']);
  });

  it('offers the choices of flags and arguments', async () => {
    expect(await offered('serve', '--log-level', '')).toEqual([
      'trace',
      'debug',
      'info',
      'warn',
      'error',
    ]);
    expect(await offered('serve', '--log-level', '=', 'de')).toEqual(['debug']);
    expect(await offered('serve', '--source-trust', '=')).toEqual(['signed', 'none']);
    expect(await offered('dhcp', 'd')).toEqual(['dnsmasq', 'dnsmasq-proxy']);
    expect(await offered('menu', 'show', '--as', 's')).toEqual(['syslinux', 'svg']);
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('offers files and directories where they are expected, and nothing for free text', async () => {
    expect(await offered('sync', '--config', 'a')).toEqual(
      expect.arrayContaining(['a file', 'a folder']),
    );
    expect(await offered('sync', '--data-dir', 'a')).toEqual(['a folder']);
    expect(await offered('images', 'import', 'a f')).toHaveLength(2);
    expect(await offered('sync', '--admin-token', '')).toEqual([]);
  });

  it('is registered for the program', () => {
    const program = 'source ./bash; complete -p pxeboot';
    expect(execFileSync('bash', ['-c', program], { cwd: directory, encoding: 'utf8' })).toBe(
      'complete -F _pxeboot pxeboot\n',
    );
  });

  it.skipIf(lacks('zsh'))('is a valid script for zsh', async () => {
    await run('zsh', ['-n', 'zsh'], { cwd: directory });
  });

  it.skipIf(lacks('fish'))('offers the same in fish', async () => {
    const offeredInFish = async (line: string): Promise<string> => {
      const program = `source ./fish; complete -C '${line}'`;
      return (await run('fish', ['--no-config', '-c', program], { cwd: directory })).stdout;
    };
    expect(await offeredInFish('pxeboot images ro')).toMatch(/^rollback\t/);
    expect(await offeredInFish('pxeboot serve --log-level d')).toMatch(/^debug\t/);
    expect(await offeredInFish('pxeboot dhcp dn')).toMatch(/^dnsmasq\t/);
  });
});

describe('pxeboot man', () => {
  it('has every command, setting and exit code', async () => {
    const { stdout, code } = await runPxeboot(['man']);
    expect(code).toBe(0);
    for (const part of [
      '.SS "images verify"',
      '.SS "Boot menu"',
      String.raw`Settings: \-\-data\-dir <directory>, \-\-state <on|off>`,
      '(default: info)',
      '.SS "dhcp [server]"',
      String.raw`\-\-log\-level`,
      'PXEBOOT_TFTP_LISTEN',
      'tftp.quirks',
      '.B 143',
    ]) {
      expect(stdout).toContain(part);
    }
  });

  it.skipIf(lacks('mandoc'))('passes the checks of mandoc', async () => {
    const { stdout } = await runPxeboot(['man']);
    const file = join(tmpdir(), `pxeboot-man-${process.pid}.8`);
    await writeFile(file, stdout);
    try {
      const { stdout: found } = await run('mandoc', ['-Tlint', '-Wwarning', file]).catch(
        (error: unknown) => error as { stdout: string },
      );
      // The manual page has no date: it describes the program that prints it.
      expect(found.split('\n').filter((line) => !/missing date|^$/.test(line))).toEqual([]);
    } finally {
      await rm(file);
    }
  });

  it.skipIf(lacks('man'))('is shown by man', async () => {
    const { stdout } = await runPxeboot(['man']);
    const shown = execFileSync('man', ['--warnings', '-l', '-'], {
      input: stdout,
      encoding: 'utf8',
      env: { ...process.env, MANWIDTH: '100', LC_ALL: 'C.UTF-8' },
    });
    expect(shown).toMatch(/NAME\s+pxeboot - network-boot server for Debian/);
    expect(shown).toMatch(/--log-level\s+trace\|debug/);
  });
});
