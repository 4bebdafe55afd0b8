import { describe, expect, it } from 'vitest';

import { formatDiagnostic } from './diagnostic.js';

describe('diagnostic', () => {
  it('formatDiagnostic names the location in a file or a model, if there is one', () => {
    const finding = { severity: 'warning', code: 'odd', message: 'looks odd' } as const;
    const span = { file: 'default', line: 3, column: 5, length: 2 };
    expect(formatDiagnostic({ ...finding, span })).toBe('default:3:5: warning: looks odd [odd]');
    expect(formatDiagnostic({ ...finding, path: 'title' })).toBe('title: warning: looks odd [odd]');
    expect(formatDiagnostic({ ...finding, path: '' })).toBe('warning: looks odd [odd]');
  });
});
