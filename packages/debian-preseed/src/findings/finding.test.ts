import { describe, expect, it } from 'vitest';

import { type Finding, formatFinding, hasErrors } from './finding.js';

const finding: Finding = { severity: 'note', code: 'not-read', message: 'a\x07b' };

describe('formatFinding', () => {
  it('formats place, severity, message, fix and code in one line', () => {
    expect(formatFinding(finding, 'a.cfg')).toBe('a.cfg: note: a\\u{7}b [not-read]');
    expect(formatFinding({ ...finding, line: 2, column: 3, fix: 'do' }, 'a.cfg')).toBe(
      'a.cfg:2:3: note: a\\u{7}b; do [not-read]',
    );
  });
});

describe('hasErrors', () => {
  it('counts errors only', () => {
    expect(hasErrors([finding])).toBe(false);
    expect(hasErrors([finding, { ...finding, severity: 'error' }])).toBe(true);
  });
});
