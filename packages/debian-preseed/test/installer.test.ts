import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { initrdTemplates, makeRows, SUITES, unpackInstallers } from '@pxe/preseed-questions';
import { lacks, lacksRoot } from '@pxe/test-host';

import { collectAnswers, parsePreseed, renderPreseed } from '../src/index.js';
import { QUESTION_TABLE } from '../src/questions/table.js';
import { oddProfile, PROFILES } from './support/profiles.js';
import { Referee, type StoredAnswer } from './support/referee.js';
import { preseedText } from './support/texts.js';

const run = promisify(execFile);

/** Time limit for downloads and a chroot on a busy machine, in milliseconds. */
const TIMEOUT_MS = 600_000;

/** Returns the entries of the installer's database that we say the file adds or changes. */
function ourAnswers(text: string, referee: Referee): Record<string, StoredAnswer> {
  const isLoaded = (question: string): boolean => referee.before.has(question);
  const entries = [...collectAnswers(parsePreseed(text), isLoaded)].map(
    ([question, { value, isSeen }]): readonly [string, StoredAnswer] => {
      const before = referee.before.get(question)?.value ?? '';
      return [question, { value: value?.text ?? before, isSeen }];
    },
  );
  return Object.fromEntries(
    entries.filter(([question, answer]) => referee.changes(question, answer)),
  );
}

/** Turns the commented-out statements of Debian's example into statements. */
function uncommented(example: string): string {
  let isContinued = false;
  const lines = example.split('\n').map((line) => {
    const isStatement = isContinued || /^#(?:d-i|tasksel|popularity-contest) /.test(line);
    const text = isStatement ? line.replace(/^#/, '') : line;
    isContinued = isStatement && text.endsWith('\\');
    return text;
  });
  return lines.join('\n');
}

const PROGRAMS = ['unshare', 'chroot', 'apt-get', 'dpkg-deb', 'flock'];

describe.skipIf(lacks(...PROGRAMS) || lacksRoot())('the installer', () => {
  let directory = '';
  let roots: Readonly<Record<(typeof SUITES)[number], string>>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'debian-preseed-'));
    roots = await unpackInstallers(directory);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  for (const suite of SUITES) {
    it(`of ${suite} reads every profile as we do`, { timeout: TIMEOUT_MS }, async () => {
      const referee = new Referee(roots[suite]);
      const odd = fc.sample(oddProfile, 10);
      const files = [...Object.values(PROFILES), ...odd].map(renderPreseed);
      const verdicts = await referee.read(files);
      for (const [index, text] of files.entries()) {
        expect(verdicts[index]?.ok, text).toBe(true);
        expect(Object.fromEntries(verdicts[index]?.answers ?? []), text).toMatchObject(
          ourAnswers(text, referee),
        );
      }
    });

    it(`of ${suite} reads any file as we do`, { timeout: TIMEOUT_MS }, async () => {
      const referee = new Referee(roots[suite]);
      const files = fc.sample(preseedText, 50);
      const verdicts = await referee.read(files);
      for (const [index, text] of files.entries()) {
        const { statements } = parsePreseed(text);
        const stops = statements.some(
          (statement) => statement.type === 'broken' && statement.reason !== 'unfinished',
        );
        expect(verdicts[index]?.ok, JSON.stringify(text)).toBe(!stops);
        const verdict = Object.fromEntries(verdicts[index]?.answers ?? []);
        expect(verdict, JSON.stringify(text)).toEqual(ourAnswers(text, referee));
      }
    });
  }

  it('has the questions of the table', async () => {
    const found = await Promise.all(SUITES.map((suite) => initrdTemplates(suite, roots[suite])));
    const inTable = QUESTION_TABLE.split('\n').filter((row) => row.includes('\tinitrd '));
    expect(inTable, 'run "npm run questions"').toEqual(makeRows(found.flat()));
  });

  it('reads the example of the installation guide as we do', { timeout: TIMEOUT_MS }, async () => {
    await run('apt-get', ['download', '-qq', 'installation-guide-amd64'], { cwd: directory });
    const unpack =
      'dpkg-deb --fsys-tarfile installation-guide-amd64_*.deb | tar -xO --wildcards "*/example-preseed.txt.gz" | zcat';
    const { stdout: example } = await run('sh', ['-c', unpack], { cwd: directory });
    // Once unchanged, and once with its commented-out statements enabled.
    const files = [example, uncommented(example)];
    const referee = new Referee(roots.bookworm);
    const verdicts = await referee.read(files);
    for (const [index, text] of files.entries()) {
      expect(verdicts[index]?.ok).toBe(true);
      expect(Object.fromEntries(verdicts[index]?.answers ?? [])).toEqual(ourAnswers(text, referee));
    }
  });
});
