import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { collectAnswers, parsePreseed } from '../src/index.js';
import { readDatabase, type StoredAnswer } from './support/referee.js';
import { preseedText } from './support/texts.js';

const run = promisify(execFile);

/** Reads a file with debconf, into an empty database. */
async function readWithDebconf(text: string): Promise<ReadonlyMap<string, StoredAnswer>> {
  const directory = await mkdtemp(join(tmpdir(), 'debian-preseed-'));
  const [file, settings] = [join(directory, 'preseed.cfg'), join(directory, 'debconf.conf')];
  const database = (name: string): string =>
    `Name: ${name}\nDriver: File\nFilename: ${directory}/${name}.dat\n`;
  await writeFile(file, text);
  await writeFile(
    settings,
    `Config: config\nTemplates: templates\n\n${database('config')}\n${database('templates')}`,
  );
  // debconf-set-selections fails for a broken line, after it has read the others.
  const env = { ...process.env, DEBCONF_SYSTEMRC: settings };
  await run('debconf-set-selections', [file], { env }).catch(() => undefined);
  const stored = await readFile(join(directory, 'config.dat'), 'utf8').catch(() => '');
  await rm(directory, { recursive: true });
  return readDatabase(stored);
}

describe.skipIf(lacks('debconf-set-selections'))('debconf', () => {
  it('reads any file as we do', { timeout: 600_000 }, async () => {
    // debconf treats each byte as a character.
    const ascii = preseedText.map((text) => text.replaceAll(/[^\t-\r -~]/g, ''));
    for (const text of fc.sample(ascii, 25)) {
      const ours = [...collectAnswers(parsePreseed(text, { reader: 'debconf' }))].map(
        ([question, { value, isSeen }]) => [question, { value: value?.text, isSeen }],
      );
      expect(Object.fromEntries(await readWithDebconf(text)), JSON.stringify(text)).toEqual(
        Object.fromEntries(ours),
      );
    }
  });
});
