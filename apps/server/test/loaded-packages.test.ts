import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { migrate } from '../src/state/migrate.js';
import { RunningDaemon } from './support/daemon.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { sqliteEngine } from './support/state-engines.js';
import { copyTestStore } from './support/test-store.js';

/** Module that writes the URLs of all modules that a program loads to the file `MODULES_FILE`. */
const RECORDER = new URL('support/record-modules.mjs', import.meta.url);

/** Module that writes the names of all modules of Node itself that a program loads to the file `MODULES_FILE`. */
const BUILTINS_RECORDER = new URL('support/record-builtins.mjs', import.meta.url);

let directory: string;

describe('a command', () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-modules-'));
  });

  afterEach(() => rm(directory, { recursive: true }));

  /** Returns the packages whose code a command loads, including code in a bundle. */
  async function packagesOf(args: readonly string[]): Promise<ReadonlySet<string>> {
    const list = join(directory, 'modules');
    await runPxeboot(args, {
      cwd: directory,
      env: { NODE_OPTIONS: `--import ${RECORDER.href}`, MODULES_FILE: list },
    });
    const urls = (await readFile(list, 'utf8')).trimEnd().split('\n');
    const files = urls.filter((url) => url.startsWith('file:')).flatMap(sourcesOf);
    return new Set(files.flatMap(packageOf));
  }

  /** Returns the names of Node's own modules that a command loads. */
  async function builtinsOf(args: readonly string[]): Promise<readonly string[]> {
    const list = join(directory, 'builtins');
    await runPxeboot(args, {
      cwd: directory,
      env: { NODE_OPTIONS: `--import ${BUILTINS_RECORDER.href}`, MODULES_FILE: list },
    });
    return (await readFile(list, 'utf8')).trimEnd().split('\n');
  }

  it.each(['--version', '--help', 'completion bash', 'man', 'config schema'])(
    '%s loads only the parser of the command line',
    async (command) => {
      expect([...(await packagesOf(command.split(' ')))]).toEqual(['commander']);
    },
  );

  it('that reads a configuration without a file loads neither the schema nor a YAML parser', async () => {
    const packages = await packagesOf(['config', 'check']);
    expect(packages).toContain('commander');
    for (const name of [
      'zod',
      'yaml',
      'undici',
      'fastify',
      'pino',
      'kysely',
      'fastest-levenshtein',
    ]) {
      expect(packages).not.toContain(name);
    }
  });

  it.each(['health', 'hosts list'])(
    '%s loads no schema before a daemon answers',
    async (command) => {
      const packages = await packagesOf(command.split(' '));
      expect(packages).toContain('commander');
      for (const name of ['zod', 'yaml', 'fastify', 'pino', 'kysely']) {
        expect(packages).not.toContain(name);
      }
    },
  );

  it.skipIf(lacks('apt-get'))(
    'hosts list loads no schema after a daemon has answered',
    async () => {
      const dataDir = join(directory, 'data');
      await copyTestStore(dataDir);
      await using _daemon = await RunningDaemon.start(['--data-dir', dataDir, '--state', 'off']);
      const packages = await packagesOf(['hosts', 'list', '--data-dir', dataDir]);
      expect(packages).toContain('commander');
      expect(packages).not.toContain('zod');
    },
  );

  it.each(['hosts list', 'images list', 'boots', 'dhcp dnsmasq'])(
    '%s checks none of the settings that it does not use',
    async (command) => {
      const file = join(directory, 'pxeboot.yaml');
      await writeFile(file, `{dataDir: ${directory}, tftp: {stall: 1m}, menu: {title: Lab}}`);
      const packages = await packagesOf([...command.split(' '), '--config', file]);
      expect(packages).toContain('yaml');
      expect(packages).not.toContain('zod');
    },
  );

  it.each(['doctor', 'preseed'])(
    '%s --help loads only the parser of the command line',
    async (command) => {
      const packages = await packagesOf([command, '--help']);
      expect(packages).toContain('commander');
      expect([...packages].filter((name) => name !== 'commander')).toEqual([]);
    },
  );

  it('runs without the module that starts processes', async () => {
    expect(await builtinsOf(['--version'])).not.toContain('child_process');
  });

  it('health loads no HTTP client but the plain one', async () => {
    const builtins = await builtinsOf(['health']);
    expect(builtins).toContain('http');
    expect(builtins).not.toContain('internal/deps/undici/undici');
  });

  it('loads the schema to check a setting', async () => {
    expect(await packagesOf(['config', 'check', '--menu-title', 'Lab'])).toContain('zod');
  });

  it.each(['dhcp dnsmasq', 'images list', 'menu show'])(
    '%s, which reads the store, loads nothing that fetches or serves',
    async (command) => {
      const packages = await packagesOf([...command.split(' '), '--data-dir', directory]);
      expect(packages).toContain('commander');
      for (const name of [
        ...['undici', 'openpgp', 'xz-decompress', 'p-limit'],
        ...['fastify', 'pino', 'kysely', 'yaml'],
      ]) {
        expect(packages).not.toContain(name);
      }
    },
  );

  it('boots reads the history of a stopped daemon without the engine of its database', async () => {
    const none = await packagesOf(['boots', '--data-dir', directory]);
    expect([...none].toSorted()).toEqual(['commander', 'ms', 'pretty-bytes']);

    const engine = sqliteEngine({ database: join(directory, 'state.db') });
    await engine.open();
    await migrate(engine.db);
    await engine.close();
    const packages = await packagesOf(['boots', '--data-dir', directory]);
    expect(packages).toContain('libsql');
    for (const name of ['kysely', 'yaml', 'pino', 'fastify']) {
      expect(packages).not.toContain(name);
    }
  });
});

/** Returns the files that a module was built from, according to its source map, or the module itself. */
function sourcesOf(url: string): readonly string[] {
  const file = fileURLToPath(url);
  if (!existsSync(`${file}.map`)) {
    return [file];
  }
  const { sources } = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as {
    readonly sources: readonly string[];
  };
  return sources;
}

/** Returns the name of the package that a file belongs to, or no name for a file of this repository. */
function packageOf(file: string): readonly string[] {
  const folder = '/node_modules/';
  const at = file.lastIndexOf(folder);
  const [scopeOrName = '', name = ''] = file.slice(at + folder.length).split('/');
  if (at === -1) {
    return [];
  }
  return [scopeOrName.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName];
}
