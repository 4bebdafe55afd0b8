import { describe, expect, it } from 'vitest';

import { bootText, hostSearchText, isInstalling, matchOf, variablesIn } from './host-words.js';

const install = { profile: 'web', retries: 0, steps: [] };
const host = (more: object = {}) => ({
  ...{ name: 'Web1', match: { mac: '52:54:00:12:34:56' }, boot: 'menu', source: 'file' as const },
  ...more,
});

describe('words about hosts', () => {
  it.each([
    [{ mac: '52:54:00:12:34:56' }, { kind: 'mac', value: '52:54:00:12:34:56' }],
    [{ uuid: '4c4c4544' }, { kind: 'uuid', value: '4c4c4544' }],
    [{ ip: '192.0.2.1' }, { kind: 'ip', value: '192.0.2.1' }],
    [{ subnet: '192.0.2.0/24' }, { kind: 'subnet', value: '192.0.2.0/24' }],
    [{}, { kind: 'subnet', value: '' }],
  ])('say how a host is recognised: %j', (match, expected) => {
    expect(matchOf({ match })).toEqual(expected);
  });

  it('say what a host boots', () => {
    expect(bootText('local')).toBe('its local disk');
    expect(bootText('trixie-amd64-text')).toBe('trixie-amd64-text');
  });

  it('include the name, the match, the profile and the state, in lower case, for a search', () => {
    const text = hostSearchText(host({ profile: 'Web', install: { ...install, state: 'armed' } }));
    for (const word of ['web1', '52:54', 'menu', ' web ', 'armed']) {
      expect(text).toContain(word);
    }
  });

  it('say whether an installation is in progress', () => {
    const states = ['armed', 'started', 'installed', 'failed'] as const;
    expect(
      states.filter((state) => isInstalling(host({ install: { ...install, state } }))),
    ).toEqual(['armed', 'started']);
    expect(isInstalling(host())).toBe(false);
  });

  it('read variables, one per line', () => {
    expect(variablesIn(' role = nginx\n\nkey=a=b\nempty\n')).toEqual({
      ...{ role: 'nginx', key: 'a=b', empty: '' },
    });
  });
});
