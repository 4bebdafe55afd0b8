import { describe, expect, it } from 'vitest';

import { allowFindings, clockFindings, imageFindings } from './check-own-server.js';

const IMAGE = {
  suite: 'trixie',
  arch: 'amd64',
  variant: 'text',
  title: 'Debian 13 (trixie)',
  modules: 'ok',
  damaged: false,
  releaseDate: '2026-09-12T07:55:41.000Z',
  ageSeconds: 60,
};

const rulesOf = (findings: readonly { readonly rule: string }[]): readonly string[] =>
  findings.map(({ rule }) => rule);

describe('imageFindings', () => {
  it.each([
    ['intact images', true, [IMAGE], []],
    ['no images', false, [], ['no-images']],
    ['a damaged image', false, [{ ...IMAGE, damaged: true }], ['damaged-images']],
    ['a stale image', true, [{ ...IMAGE, modules: 'stale' }], ['stale-images']],
    ['an old image', true, [{ ...IMAGE, ageSeconds: 2_000_000 }], ['unconfirmed-images']],
  ])('reports %s', (_title, ready, images, rules) => {
    expect(rulesOf(imageFindings({ ready, images }))).toEqual(rules);
  });
});

describe('clockFindings', () => {
  it('finds a clock before the release of the images', () => {
    const images = { ready: true, images: [IMAGE] };
    expect(rulesOf(clockFindings(images, new Date('1970-01-01')))).toEqual(['clock-behind']);
    expect(clockFindings(images, new Date('2026-10-01'))).toEqual([]);
  });
});

describe('allowFindings', () => {
  it('finds a network outside the allow-list', () => {
    const link = { name: 'eth0', address: '192.0.2.9', cidr: '192.0.2.9/24' };
    expect(rulesOf(allowFindings(['10.0.0.0/8'], link))).toEqual(['outside-allow-list']);
    expect(allowFindings(['192.0.2.0/24'], link)).toEqual([]);
  });
});
