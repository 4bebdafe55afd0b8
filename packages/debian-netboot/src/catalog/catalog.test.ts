import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Result } from '../errors.js';
import { parseArch } from './arch.js';
import { catalog, parseImageSelection, suiteVariants } from './selection.js';
import { closestWord, joinAlternatives } from './suggestion.js';
import { compareSuites, parseSuite, SUITES } from './suite.js';
import { parseVariant } from './variant.js';

/** Returns the message and the hint, as shown to a user. */
function words(result: Result<unknown>): string {
  return result.ok ? 'no error' : `${result.error.message}; ${result.error.hint ?? ''}`;
}

describe('parseSuite', () => {
  it('parses a codename', () => {
    expect(parseSuite('trixie')).toEqual({ ok: true, value: 'trixie' });
  });

  it.each([
    ['bookwrm', 'did you mean bookworm? Choose trixie, '],
    ['tirxie', 'did you mean trixie?'],
    ['stable', 'write "trixie"'],
    ['Trixie', 'write "trixie"'],
    ['debian 12', 'write "bookworm"'],
    ['13', 'write "trixie"'],
    ['testing', 'write "forky"'],
    ['Debian 10', 'write "buster"'],
    ['9', 'write "stretch"'],
    ['focal', 'choose trixie, bookworm, bullseye, forky, sid, buster or stretch'],
    ['', 'choose trixie'],
  ])('refuses %j with a useful hint', (text, way) => {
    const result = parseSuite(text);
    expect(result).toMatchObject({ ok: false, error: { code: 'ERR_NETBOOT_UNKNOWN_SUITE' } });
    expect(words(result)).toContain(way);
  });

  it('sorts releases before rolling and archived suites, newest first', () => {
    expect([...SUITES].reverse().sort(compareSuites)).toEqual(SUITES);
  });
});

describe('parseArch', () => {
  it.each([
    ['x86_64', 'write "amd64"'],
    ['AMD64', 'write "amd64"'],
    ['aarch64', 'write "arm64"'],
    ['i686', 'write "i386"'],
    ['amd46', 'did you mean amd64?'],
    ['riscv64', 'choose amd64, arm64 or i386'],
    ['vax', 'choose amd64, arm64 or i386'],
  ])('refuses %j with a useful hint', (text, way) => {
    const result = parseArch(text);
    expect(result).toMatchObject({ ok: false, error: { code: 'ERR_NETBOOT_UNKNOWN_ARCH' } });
    expect(words(result)).toContain(way);
  });
});

describe('parseVariant', () => {
  it.each([
    ['graphical', 'did you mean gtk?'],
    ['TEXT', 'did you mean text?'],
    ['txt', 'did you mean text?'],
    ['kde', 'choose text or gtk'],
  ])('refuses %j with a useful hint', (text, way) => {
    const result = parseVariant(text);
    expect(result).toMatchObject({ ok: false, error: { code: 'ERR_NETBOOT_UNKNOWN_VARIANT' } });
    expect(words(result)).toContain(way);
  });
});

describe('parseImageSelection', () => {
  it('selects all variants by default, and each named variant once', () => {
    const all = parseImageSelection({ suite: 'trixie', arch: 'amd64' });
    expect(all).toMatchObject({ ok: true, value: { variants: ['text', 'gtk'] } });
    const one = parseImageSelection({ suite: 'trixie', arch: 'amd64', variants: ['gtk', 'gtk'] });
    expect(one).toMatchObject({ ok: true, value: { variants: ['gtk'] } });
  });

  it('refuses i386 after bookworm and suggests alternatives', () => {
    expect(parseImageSelection({ suite: 'bookworm', arch: 'i386' }).ok).toBe(true);
    const result = parseImageSelection({ suite: 'trixie', arch: 'i386' });
    expect(result).toMatchObject({ ok: false, error: { code: 'ERR_NETBOOT_UNAVAILABLE_IMAGE' } });
    expect(words(result)).toBe(
      'Debian 13 (trixie) has no i386 installer: Debian has had no i386 installer since bookworm; ' +
        'choose amd64 or arm64 for trixie, or bookworm or bullseye for i386',
    );
  });

  it('refuses an empty list of variants', () => {
    expect(parseImageSelection({ suite: 'trixie', arch: 'amd64', variants: [] })).toMatchObject({
      ok: false,
      error: { code: 'ERR_NETBOOT_INVALID_SELECTION' },
    });
  });

  it.each([
    [{ suite: 'x', arch: 'amd64' }, 'ERR_NETBOOT_UNKNOWN_SUITE'],
    [{ suite: 'trixie', arch: 'x' }, 'ERR_NETBOOT_UNKNOWN_ARCH'],
    [{ suite: 'trixie', arch: 'amd64', variants: ['x'] }, 'ERR_NETBOOT_UNKNOWN_VARIANT'],
  ])('reports the invalid field of %j', (input, code) => {
    expect(parseImageSelection(input)).toMatchObject({ ok: false, error: { code } });
  });

  it('accepts exactly the images of the catalog', () => {
    for (const target of catalog()) {
      expect(parseImageSelection({ ...target, variants: [target.variant] }).ok).toBe(true);
    }
    expect(suiteVariants('trixie', 'i386')).toEqual([]);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.array(fc.string()), (suite, arch, variants) => {
        const result = parseImageSelection({ suite, arch, variants });
        expect(result.ok || result.error.hint !== undefined).toBe(true);
      }),
    );
  });
});

describe('suggestions', () => {
  it('suggests only similar words', () => {
    expect(closestWord('trxie', ['bookworm', 'trixie'])).toBe('trixie');
    expect(closestWord('xyz', ['bookworm', 'trixie'])).toBeUndefined();
    expect(closestWord('gkt', ['gtk'])).toBe('gtk');
  });

  it('joins alternatives into a phrase', () => {
    expect(joinAlternatives([])).toBe('');
    expect(joinAlternatives(['a'])).toBe('a');
    expect(joinAlternatives(['a', 'b', 'c'])).toBe('a, b or c');
    expect(joinAlternatives(['a', 'b'], 'and')).toBe('a and b');
  });
});
