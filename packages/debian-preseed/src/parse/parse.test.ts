import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { collectAnswers } from './answers.js';
import { parsePreseed } from './parse.js';
import { type PreseedReader } from './statement.js';

/** Returns the values after the installer or debconf has read a file, as text. */
function valuesOf(text: string, reader: PreseedReader = 'installer'): Record<string, string> {
  const answers = collectAnswers(parsePreseed(text, { reader }));
  return Object.fromEntries(
    [...answers].map(([question, { value }]) => [question, value?.text ?? 'none']),
  );
}

/** Arbitrary text, or text made of the parts that matter to a reader. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        ...[
          'd-i',
          'x/y',
          'string',
          'seen',
          'true',
          '#',
          '\\',
          ' ',
          '\t',
          '\r',
          '\n',
          '\0',
          '-n',
          '\v',
        ],
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join('')),
);

describe('parsePreseed', () => {
  it('reads owner, question, type and value with their places', () => {
    const { statements } = parsePreseed('\n  d-i \tnetcfg/get_hostname  string   web 1  \n');
    expect(statements).toEqual([
      {
        type: 'answer',
        owner: { text: 'd-i', line: 2, column: 3 },
        question: { text: 'netcfg/get_hostname', line: 2, column: 8 },
        valueType: { text: 'string', line: 2, column: 29 },
        value: { text: 'web 1', line: 2, column: 38 },
        line: 2,
        column: 3,
        lastLine: 2,
        isRead: true,
      },
    ]);
  });

  it('treats a line without a value as one with an empty value', () => {
    expect(valuesOf('d-i a/b string\nd-i a/c string \nd-i a/d note')).toEqual({
      'a/b': '',
      'a/c': '',
      'a/d': '',
    });
  });

  it('joins lines with one blank, past comments and blank lines', () => {
    const file = 'd-i a/b string one \\\n\t two\\\n# comment\n\n   three  \nd-i a/c string x';
    expect(valuesOf(file)).toEqual({ 'a/b': 'one two three', 'a/c': 'x' });
    const [first] = parsePreseed(file).statements;
    expect(first).toMatchObject({ line: 1, lastLine: 5, value: { line: 1, column: 16 } });
    expect(parsePreseed(file).idleLines).toEqual([
      { type: 'comment', line: 3 },
      { type: 'blank', line: 4 },
    ]);
  });

  it('finds the place of a value on a later line', () => {
    const [statement] = parsePreseed(
      'd-i partman/early_command \\\n   string \\\r\n  a b',
    ).statements;
    expect(statement).toMatchObject({
      valueType: { text: 'string', line: 2, column: 4 },
      value: { text: 'a b', line: 3, column: 3 },
    });
  });

  it('keeps a comment at the end of a line in the value', () => {
    expect(valuesOf('d-i a/b string x # comment')).toEqual({ 'a/b': 'x # comment' });
  });

  it('reads an indented comment as a statement', () => {
    expect(valuesOf(' # a b c')).toEqual({ a: 'c' });
  });

  it('drops carriage returns, even inside a line', () => {
    const file = 'd-i a/b string x\ry\r\n\r\nd-i\r a/c string z';
    expect(valuesOf(file)).toEqual({ 'a/b': 'xy', 'a/c': 'z' });
    expect(parsePreseed(file).statements[1]).toMatchObject({
      owner: { line: 3, column: 1 },
      question: { line: 3, column: 6 },
    });
  });

  it('removes only the last backslash of a continued line', () => {
    expect(valuesOf('d-i a/b string x\\\\\ny')).toEqual({ 'a/b': 'x\\ y' });
  });

  it('does not continue a line whose backslash has a blank after it', () => {
    expect(valuesOf('d-i a/b string x \\ \nd-i a/c string y')).toEqual({
      'a/b': 'x \\',
      'a/c': 'y',
    });
  });

  it('does not start a logical line at a backslash alone on a line', () => {
    expect(valuesOf('\\\nd-i a/b string x\n\\\n')).toEqual({ 'a/b': 'x' });
  });

  it('drops a last line that continues', () => {
    const { statements } = parsePreseed('d-i a/b string x\nd-i a/c string y \\\n');
    expect(statements[1]).toMatchObject({ type: 'broken', reason: 'unfinished', line: 2 });
  });

  it('ends a line at a NUL', () => {
    expect(valuesOf('d-i a/b string x\0d-i a/c string y\0#c\0')).toEqual({
      'a/b': 'x',
      'a/c': 'y',
    });
    expect(parsePreseed('d-i a/b string x\0d-i a/c string y').statements[1]).toMatchObject({
      line: 1,
      column: 18,
    });
  });

  it.each([
    ['d-i', 'no-question'],
    ['d-i ', 'no-question'],
    ['d-i a/b', 'no-type'],
    ['d-i a/b ', 'no-type'],
    ['-n', 'no-question'],
    ['\ufeff#comment', 'no-question'],
  ])('stops at %j', (line, reason) => {
    const file = `d-i a/x string 1\n${line}\nd-i a/y string 2`;
    expect(parsePreseed(file).statements).toMatchObject([
      { type: 'answer', isRead: true },
      { type: 'broken', reason, line: 2, column: 1, isRead: true },
      { type: 'answer', isRead: false },
    ]);
    expect(valuesOf(file)).toEqual({ 'a/x': '1' });
  });

  it('parses any text', () => {
    fc.assert(
      fc.property(text, fc.constantFrom<PreseedReader>('installer', 'debconf'), (file, reader) => {
        const lines = file.split('\n');
        const { statements, idleLines } = parsePreseed(file, { reader });
        for (const { line, lastLine } of statements) {
          expect(line).toBeLessThanOrEqual(lastLine);
          expect(lastLine).toBeLessThanOrEqual(lines.length);
        }
        for (const { line } of idleLines) {
          expect(line).toBeLessThanOrEqual(lines.length);
        }
      }),
    );
  });

  it('gives each word its place in the file', () => {
    fc.assert(
      fc.property(
        text.map((file) => file.replaceAll('\r', '')),
        fc.constantFrom<PreseedReader>('installer', 'debconf'),
        (file, reader) => {
          const lines = file.split('\n');
          for (const statement of parsePreseed(file, { reader }).statements) {
            if (statement.type === 'broken' || statement.line !== statement.lastLine) {
              continue;
            }
            for (const word of [statement.owner, statement.question, statement.value]) {
              const line = lines[word.line - 1] ?? '';
              expect(line.startsWith(word.text, word.column - 1)).toBe(true);
            }
          }
        },
      ),
    );
  });
});

describe('parsePreseed for debconf', () => {
  it('keeps all blanks of a value but the first', () => {
    expect(valuesOf('  p a/b string   x \np\ta/c\tstring\ty\r\n', 'debconf')).toEqual({
      'a/b': '  x ',
      'a/c': 'y',
    });
  });

  it('joins lines without adding or dropping anything', () => {
    expect(valuesOf('p a/b string x\\\n  y\\\n#z\n', 'debconf')).toEqual({ 'a/b': 'x  y#z' });
  });

  it('skips indented comments, even those that continue on the next line', () => {
    const file = ' # p a/b string \\\nx\n\np a/c string y';
    expect(valuesOf(file, 'debconf')).toEqual({ 'a/c': 'y' });
    expect(parsePreseed(file, { reader: 'debconf' }).idleLines).toEqual([
      { type: 'comment', line: 1 },
      { type: 'comment', line: 2 },
      { type: 'blank', line: 3 },
    ]);
  });

  it('keeps the backslash of the last line', () => {
    expect(valuesOf('p a/b string x\\', 'debconf')).toEqual({ 'a/b': 'x\\' });
  });

  it('skips types that debconf does not know', () => {
    expect(valuesOf('p a/b bogus x\np a/c select y', 'debconf')).toEqual({ 'a/c': 'y' });
  });

  it('continues after a broken line', () => {
    expect(valuesOf('p\np a/b string\np a/c string z', 'debconf')).toEqual({
      'a/b': '',
      'a/c': 'z',
    });
  });
});

describe('collectAnswers', () => {
  const seen = (file: string, isLoaded?: (question: string) => boolean): unknown =>
    [...collectAnswers(parsePreseed(file), isLoaded).values()].map(({ question, isSeen }) => ({
      [question]: isSeen,
    }));

  it('takes the last value', () => {
    expect(valuesOf('d-i a/b string x\nd-i a/b string y')).toEqual({ 'a/b': 'y' });
  });

  it('applies the flag "seen" to a question that has an answer', () => {
    expect(seen('d-i a/b string x\nd-i a/b seen false')).toEqual([{ 'a/b': false }]);
    expect(seen('d-i a/b string x\nd-i a/b seen TRUE')).toEqual([{ 'a/b': false }]);
    expect(seen('d-i a/b string x\nd-i a/b seen false\nd-i a/b seen true')).toEqual([
      { 'a/b': true },
    ]);
  });

  it('ignores a flag without a value, or with several words', () => {
    expect(seen('d-i a/b string x\nd-i a/b seen\nd-i a/b seen false x')).toEqual([{ 'a/b': true }]);
  });

  it('ignores the flag of a question that does not exist yet', () => {
    expect(seen('d-i a/b seen true')).toEqual([]);
    expect(seen('d-i a/b seen true', (question) => question === 'a/b')).toEqual([{ 'a/b': true }]);
  });
});
