import { spawnSync } from 'node:child_process';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareVersions } from './debian-version.js';

function sign(number: number): number {
  return Math.sign(number) + 0;
}

describe('compareVersions', () => {
  it.each([
    ['20230607+deb12u9', '20230607+deb12u12', -1],
    ['20250803+deb13u7', '20250803', 1],
    ['20250803~bpo12+1', '20250803', -1],
    ['1.0-1', '1.0-1', 0],
    ['1.0-1', '1.0-10', -1],
    ['1:0.9', '2.0', 1],
    ['1.0', '1.0-0', 0],
    ['1.0a', '1.0+', -1],
    ['3.86.2+really', '3.86.10', -1],
    ['007', '7', 0],
    ['', '', 0],
  ] as const)('orders %s and %s', (left, right, order) => {
    expect(sign(compareVersions(left, right))).toBe(order);
    expect(sign(compareVersions(right, left))).toBe(order === 0 ? 0 : -order);
  });

  it('agrees with dpkg about any two versions', () => {
    const words = fc.string({
      unit: fc.constantFrom('0', '1', '9', '10', 'a', 'B', '+', '.', '~', 'deb'),
      maxLength: 6,
    });
    const version = fc
      .tuple(fc.constantFrom('', '0:', '2:'), words, fc.constantFrom('', '-1', '-10', '-0~a'))
      .map(([epoch, upstream, revision]) => `${epoch}1${upstream}${revision}`);
    const program = `while read -r one operator other; do
      dpkg --compare-versions "$one" "$operator" "$other"; echo $?
    done`;
    const pairs = fc.sample(fc.tuple(version, version), 150);
    const input = pairs.flatMap(([one, other]) => [`${one} lt ${other}`, `${one} eq ${other}`]);
    const { stdout } = spawnSync('sh', ['-c', program], { input: `${input.join('\n')}\n` });
    const answers = stdout.toString().trim().split('\n');

    expect(answers).toHaveLength(2 * pairs.length);
    pairs.forEach(([one, other], index) => {
      const isLess = answers[2 * index] === '0';
      const isEqual = answers[2 * index + 1] === '0';
      const expected = isLess ? -1 : isEqual ? 0 : 1;
      expect([one, other, sign(compareVersions(one, other))]).toEqual([one, other, expected]);
    });
  });
});
