/** The coverage table names existing tests and covers every case. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

const PACKAGE = join(import.meta.dirname, '..');

/** Number of the first and last case of each group. */
const CASES = [
  [1, 23],
  [30, 46],
  [50, 58],
  [60, 71],
  [80, 94],
  [100, 119],
  [120, 125],
  [130, 140],
  [150, 159],
  [160, 165],
  [170, 184],
  [190, 192],
] as const;

interface Row {
  readonly id: string;
  readonly title: string;
  readonly file: string;
}

let document: string;
let rows: Row[];
/** Texts of the test files, by their paths in the package. */
const tests = new Map<string, string>();

describe('rfc coverage', () => {
  beforeAll(async () => {
    document = await readFile(join(PACKAGE, 'docs/rfc-coverage.md'), 'utf8');
    rows = [...document.matchAll(/^\| (C\d{3}) +\| `(.+?)` +\| `(.+?)` +\|$/gm)].map(
      ([, id = '', title = '', file = '']) => ({ id, title, file }),
    );
    for (const folder of ['src', 'test']) {
      const names = await readdir(join(PACKAGE, folder), { recursive: true });
      for (const name of names.filter((one) => one.endsWith('.test.ts'))) {
        tests.set(join(folder, name), await readFile(join(PACKAGE, folder, name), 'utf8'));
      }
    }
  });

  /** Ids at the beginning of the test titles in a file. */
  function idsOfTitles(text: string): string[] {
    return [...text.matchAll(/['"`]((?:C\d{3} )+)/g)].flatMap(([, ids = '']) =>
      ids.trim().split(' '),
    );
  }

  describe('docs/rfc-coverage.md', () => {
    it('has every case', () => {
      const all = CASES.flatMap(([first, last]) =>
        Array.from(
          { length: last - first + 1 },
          (_, at) => `C${String(first + at).padStart(3, '0')}`,
        ),
      );
      const absent = [...document.matchAll(/^\| (C\d{3}) +\| absent: /gm)].map(([, id]) => id);

      expect([...new Set([...rows.map(({ id }) => id), ...absent])].toSorted()).toEqual(all);
      expect(absent).toEqual(['C093']);
      expect(document).toContain('\nC093 is about ');
    });

    it('names tests by their titles', () => {
      for (const { id, title, file } of rows) {
        expect(title.split(' ')).toContain(id);
        const text = tests.get(file) ?? '';
        const isThere = ["'", '"', '`'].some((quote) => text.includes(`${quote}${title}${quote}`));
        expect(isThere, `${title} in ${file}`).toBe(true);
      }
    });

    it('names every test whose title starts with a case', () => {
      const named = new Set(rows.map(({ id, file }) => `${id} ${file}`));
      for (const [file, text] of tests) {
        for (const id of idsOfTitles(text)) {
          expect(named).toContain(`${id} ${file}`);
        }
      }
    });

    it('names only existing cases and files', () => {
      const ids = new Set([...rows.map(({ id }) => id), 'C093']);
      for (const [id] of document.matchAll(/\bC\d{3}\b/g)) {
        expect(ids).toContain(id);
      }
      for (const [, file = ''] of document.matchAll(/`((?:src|test)\/[^`]+)`/g)) {
        expect([...tests.keys()]).toContain(file);
      }
    });

    it('gives the reason for everything that is absent', () => {
      for (const [line] of document.matchAll(/^\|.*\babsent\b.*$/gm)) {
        expect(line).toMatch(/absent: \w{2,}/);
      }
    });
  });
});
