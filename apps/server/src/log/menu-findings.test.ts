import { describe, expect, it } from 'vitest';

import { type Logger } from './logger.js';
import { LEFT_OUT, menuFindings } from './menu-findings.js';

function record() {
  const lines: string[] = [];
  const at = (level: string) => (_line: object, message: string) => {
    lines.push(`${level}: ${message}`);
  };
  return {
    lines,
    logger: { debug: at('debug'), info: at('info'), warn: at('warn') } as unknown as Logger,
  };
}

describe('menuFindings', () => {
  it('logs each finding once, and notes at level debug', () => {
    const { lines, logger } = record();
    const tell = menuFindings(logger);
    const warning = { severity: 'warning', code: 'mangled-argument', message: 'M' } as const;
    const note = { severity: 'note', code: 'not-shown', message: 'N', path: 'title' } as const;
    for (const finding of [warning, note, warning]) {
      tell('GRUB', finding);
    }
    tell('iPXE', note);
    expect(lines).toEqual([
      'warn: the menu for GRUB: warning: M [mangled-argument]',
      'debug: the menu for GRUB: title: note: N [not-shown]',
      'debug: the menu for iPXE: title: note: N [not-shown]',
    ]);
  });

  it('reports the entries that a loader leaves out', () => {
    const { lines, logger } = record();
    menuFindings(logger)('GRUB', { severity: 'note', code: LEFT_OUT, message: 'not x' });
    expect(lines).toEqual(['info: not x']);
  });

  it('remembers at most a fixed number of findings', () => {
    const { lines, logger } = record();
    const tell = menuFindings(logger);
    for (let index = 0; index < 300; index += 1) {
      tell('GRUB', { severity: 'warning', code: 'x', message: `${index}` });
    }
    expect(lines).toHaveLength(256);
  });
});
