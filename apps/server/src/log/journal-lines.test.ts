import { describe, expect, it } from 'vitest';

import { isJournal, withPriority } from './journal-lines.js';

describe('isJournal', () => {
  const target = (link: string): string =>
    link === '/proc/self/fd/1' ? 'socket:[4711]' : 'pipe:[9]';

  it('is true for the socket that JOURNAL_STREAM identifies', () => {
    expect(isJournal(1, { JOURNAL_STREAM: '9:4711' }, target)).toBe(true);
  });

  it.each<[string, number, NodeJS.ProcessEnv]>([
    ['another socket', 1, { JOURNAL_STREAM: '9:471' }],
    ['a redirected descriptor', 2, { JOURNAL_STREAM: '9:4711' }],
    ['a process outside systemd', 1, {}],
    ['a variable in another form', 1, { JOURNAL_STREAM: '4711' }],
  ])('is false for %s', (_case, fd, env) => {
    expect(isJournal(fd, env, target)).toBe(false);
  });

  it('is false if the descriptor cannot be looked up', () => {
    expect(isJournal(987_654, { JOURNAL_STREAM: '9:4711' })).toBe(false);
  });
});

describe('withPriority', () => {
  it.each([
    ['fatal', '<2>'],
    ['error', '<3>'],
    ['warn', '<4>'],
    ['info', '<6>'],
    ['debug', '<7>'],
    ['trace', '<7>'],
    ['unknown', '<6>'],
  ])('marks lines of level %s with %s', (level, prefix) => {
    expect(withPriority('text\n', level)).toBe(`${prefix}text\n`);
  });

  it('marks each line of a stack trace', () => {
    expect(withPriority('failed\n    at a\n    at b\n', 'error')).toBe(
      '<3>failed\n<3>    at a\n<3>    at b\n',
    );
  });
});
