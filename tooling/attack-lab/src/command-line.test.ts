import { describe, expect, it } from 'vitest';

import { type Attack } from './attack/attack.js';
import { parseCommandLine, usage } from './command-line.js';

const attacks: Attack[] = ['first', 'second'].map((name) => ({
  name,
  summary: `the ${name}`,
  run: () => Promise.resolve([]),
}));
const parse = (...argv: string[]) => parseCommandLine(argv, attacks, '/repo/main.js');

describe('parseCommandLine', () => {
  it('runs every attack against the built daemon by default', () => {
    expect(parse()).toEqual({
      attacks,
      profile: 'full',
      daemon: '/repo/main.js',
      compare: undefined,
      margin: 1,
    });
  });

  it('accepts attacks by name, another build and one to compare with', () => {
    expect(
      parse('second', '--short', '--daemon', '/a.js', '--compare', '/b.js', '--margin', '3'),
    ).toEqual({
      attacks: [attacks[1]],
      profile: 'short',
      daemon: '/a.js',
      compare: '/b.js',
      margin: 3,
    });
  });

  it('names the attacks when one is unknown', () => {
    expect(() => parse('third')).toThrow('expected one of first, second');
  });

  it.each([['--margin', '0.5'], ['--margin', 'x'], ['--unknown']])('refuses %s %s', (...argv) => {
    expect(() => parse(...argv)).toThrow(expect.objectContaining({ code: 'ERR_LAB_USAGE' }));
  });

  it('explains itself', () => {
    expect(parse('--help')).toBeUndefined();
    expect(usage(attacks, '/repo/main.js')).toContain('second           the second');
  });
});
