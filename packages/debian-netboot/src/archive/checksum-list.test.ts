import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fixtureChecksums } from '../../test/support/fixtures.js';
import { parseChecksumList } from './checksum-list.js';

const HASH = 'c'.repeat(64);

describe('checksum list', () => {
  it.each([
    ['bookworm', 'amd64', 'd8808aa4ca188560da1e6d749dcb930c87a5fd8b11ebff1f3fa6d728af35203d'],
    ['trixie', 'amd64', '2b2358b37674d2505350528875bb17afae2a36522a9e8a9417eaca65a7da0e08'],
  ] as const)('finds the kernel in the real list of %s %s', (suite, arch, linux) => {
    const list = parseChecksumList(fixtureChecksums(suite, arch).toString('utf8'));
    if (!list.ok) {
      throw list.error;
    }
    expect(list.value.get(`netboot/debian-installer/${arch}/linux`)).toBe(linux);
    expect(list.value.get(`netboot/gtk/debian-installer/${arch}/linux`)).toBe(linux);
  });

  it.each([
    ['a line without ./', `${HASH}  netboot/linux\n`],
    ['one blank', `${HASH} ./netboot/linux\n`],
    ['a path that leads out of the root', `${HASH}  ./netboot/../linux\n`],
    ['a control character', `${HASH}  ./netboot/a\tb\n`],
    ['an empty line', `${HASH}  ./a\n\n${HASH}  ./b\n`],
    ['two hashes for one path', `${HASH}  ./a\n${'d'.repeat(64)}  ./a\n`],
    ['too many lines', `${HASH}  ./a\n`.repeat(100_001)],
  ])('refuses a list with %s', (_what, text) => {
    expect(parseChecksumList(text)).toMatchObject({
      ok: false,
      error: { code: 'ERR_NETBOOT_MALFORMED_INDEX' },
    });
  });

  it('accepts an empty list', () => {
    expect(parseChecksumList('')).toEqual({ ok: true, value: new Map() });
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseChecksumList(text);
        parseChecksumList(`${HASH}  ./${text}\n`);
      }),
    );
  });
});
