import { describe, expect, it } from 'vitest';

import { InstallerLogs } from './installer-logs.js';

function entry(text: string) {
  return { at: 0, severity: 5, program: 'x', text };
}

describe('InstallerLogs', () => {
  it('joins the messages that an address sent before its installation was known', () => {
    const logs = new InstallerLogs();
    logs.add(undefined, '10.0.0.5', entry('early'));
    logs.add(undefined, '10.0.0.6', entry('of another'));
    logs.add('one', '10.0.0.5', entry('late'));
    expect(logs.of('one')?.entries.map(({ text }) => text)).toEqual(['early', 'late']);
    expect(logs.of('two')).toBeUndefined();
  });

  it('keeps the last messages, and counts the others', () => {
    const logs = new InstallerLogs();
    for (let number = 1; number <= 600; number++) {
      logs.add('one', '10.0.0.5', entry(String(number)));
    }
    expect(logs.of('one')?.entries[0]?.text).toBe('101');
    expect(logs.of('one')).toMatchObject({ forgotten: 100 });
    for (let number = 0; number < 100; number++) {
      logs.add('one', '10.0.0.5', entry('x'.repeat(1024)));
    }
    expect(logs.of('one')?.entries).toHaveLength(31);
  });

  it('forgets the installations heard longest ago, separately from addresses', () => {
    const logs = new InstallerLogs();
    for (let number = 0; number < 200; number++) {
      logs.add(`install ${number}`, '10.0.0.5', entry('x'));
      logs.add('busy', '10.0.0.6', entry('x'));
    }
    expect(logs.of('install 72')).toBeUndefined();
    expect(logs.of('install 73')).toBeDefined();
    expect(logs.of('busy')?.entries).toHaveLength(200);
    logs.add(undefined, '10.0.0.7', entry('x'));
    for (let number = 0; number < 256; number++) {
      logs.add(undefined, `10.0.1.${number}`, entry('x'));
    }
    logs.add('new', '10.0.0.7', entry('y'));
    expect(logs.of('new')?.entries).toHaveLength(1);
    expect(logs.of('busy')).toBeDefined();
  });
});
