import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { aptArchive, type RunningMirror, serveMirror } from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import {
  createProgramBuilder,
  PACKAGE_DIRECTORY,
  type ProgramBuilder,
} from './support/child-program.js';

const run = promisify(execFile);
const CACHE = process.env['PXEBOOT_TEST_CACHE'] ?? join(tmpdir(), 'pxeboot-test-apt');

let mirror: RunningMirror;
let programs: ProgramBuilder;

/** Builds an example, changing only its mirror, and runs it in a directory. */
async function runExample(name: string, directory: string): Promise<string> {
  const text = await readFile(join(PACKAGE_DIRECTORY, 'examples', name), 'utf8');
  const source = join(programs.directory, name);
  await writeFile(source, text.replace('http://ftp.debian.org/debian', mirror.url));
  const { stdout } = await run(process.execPath, [await programs.build(source)], {
    cwd: directory,
  });
  return stdout;
}

describe('readme', () => {
  beforeAll(async () => {
    programs = await createProgramBuilder();
    const archive = { suites: ['trixie'], arches: ['amd64'], cacheDirectory: CACHE };
    mirror = await serveMirror(await aptArchive(archive));
  }, 600_000);

  afterAll(async () => {
    await mirror.close();
    await programs.remove();
  });

  it('shows the examples verbatim', async () => {
    const readme = await readFile(join(PACKAGE_DIRECTORY, 'README.md'), 'utf8');
    for (const name of ['sync.ts', 'serve.ts', 'air-gap.ts']) {
      const example = await readFile(join(PACKAGE_DIRECTORY, 'examples', name), 'utf8');
      expect(readme).toContain(`<!-- examples/${name} -->\n\n\`\`\`ts\n${example}\`\`\`\n`);
    }
  });

  it.skipIf(lacks('apt-get'))(
    "has examples that run with Debian's own files",
    async () => {
      const directory = join(programs.directory, 'work');
      await mkdir(directory);
      const synced = await runExample('sync.ts', directory);
      expect(synced).toMatch(/^changed: generation /m);
      expect(synced).toMatch(
        /^Debian 13\.\d+ \(trixie amd64\), Linux 6\.\S+-amd64, modules: (?:ok|last)$/m,
      );
      expect(await runExample('sync.ts', directory)).toMatch(/^unchanged: generation /);
      const carried = await runExample('air-gap.ts', directory);
      expect(carried).toMatch(/^imported .*\n.*: \d+ files, 0 problems\n$/);
    },
    300_000,
  );
});
