import { describe, expect, it } from 'vitest';

import { parseSyslinux } from '../parse/parse.js';
import { setOption } from './set-option.js';

const FILE = `# the menu of the lab
UI menu.c32
timeout 50   # tenths
TIMEOUT 60

# entries
LABEL a
\tMENU LABEL ^Alpha
\tLINUX v
\tTEXT HELP
\tAPPEND is help
\tENDTEXT
\t# arguments
\tAPPEND quiet

label b
  linux w

MENU BEGIN s
LABEL c
MENU END
`;

describe('setOption', () => {
  it('changes the last line of an option and leaves every other line unchanged', () => {
    const changed = setOption(FILE, 'TIMEOUT', '100');
    expect(changed).toBe(FILE.replace('TIMEOUT 60', 'TIMEOUT 100'));
    expect(parseSyslinux(changed).core.timeoutMs).toBe(10_000);
    const appended = setOption(FILE, 'APPEND', 'quiet splash', { label: 'a' });
    expect(appended).toBe(FILE.replace('APPEND quiet', 'APPEND quiet splash'));
  });

  it('adds an option after the others of its section, with their indentation', () => {
    expect(setOption(FILE, 'MENU TITLE', 'Lab')).toBe(
      FILE.replace('TIMEOUT 60\n', 'TIMEOUT 60\nMENU TITLE Lab\n'),
    );
    expect(setOption(FILE, 'MENU DEFAULT', '', { label: 'b' })).toBe(
      FILE.replace('  linux w\n', '  linux w\n  MENU DEFAULT\n'),
    );
    expect(setOption(FILE, 'KERNEL', 'x', { label: 'c' })).toBe(
      FILE.replace('LABEL c\n', 'LABEL c\n  KERNEL x\n'),
    );
    expect(setOption('', 'UI', 'menu.c32')).toBe('UI menu.c32\n');
    expect(setOption('PROMPT 0', 'UI', 'menu.c32')).toBe('PROMPT 0\nUI menu.c32\n');
  });

  it('adds an option after a help text at the end of a section, not into it', () => {
    const help = 'LABEL a\n  LINUX v\n  TEXT HELP\nfirst\n\n# last\n  ENDTEXT\n\n# end\n';
    const added = setOption(help, 'APPEND', 'quiet', { label: 'a' });
    expect(added).toBe(help.replace('ENDTEXT\n', 'ENDTEXT\n  APPEND quiet\n'));
    expect(parseSyslinux(added).menu.items).toMatchObject([
      { args: 'quiet', help: 'first\n\n# last' },
    ]);
    const early = setOption('TEXT HELP\nx\nENDTEXT\nLABEL b\n', 'UI', 'menu.c32');
    expect(early).toBe('TEXT HELP\nx\nENDTEXT\nUI menu.c32\nLABEL b\n');
  });

  it('adds an option before a help text that never ends', () => {
    const open = 'LABEL a\n\tLINUX v\n\tTEXT HELP\nlast\n\n';
    const added = setOption(open, 'APPEND', 'quiet', { label: 'a' });
    expect(added).toBe(open.replace('\tTEXT', '\tAPPEND quiet\n\tTEXT'));
    expect(parseSyslinux(added).menu.items).toMatchObject([{ args: 'quiet' }]);
    expect(setOption('TEXT HELP\nlast', 'UI', 'menu.c32')).toBe('UI menu.c32\nTEXT HELP\nlast');
  });

  it('removes every line of an option', () => {
    expect(setOption(FILE, 'TIMEOUT', undefined)).toBe(
      FILE.replace('timeout 50   # tenths\nTIMEOUT 60\n', ''),
    );
    expect(setOption(FILE, 'INITRD', undefined, { label: 'a' })).toBe(FILE);
  });

  it('keeps line ends, bytes of any encoding and what follows a NUL', () => {
    expect(setOption('PROMPT 0\r\nTIMEOUT 5\r\n', 'TIMEOUT', '9')).toBe(
      'PROMPT 0\r\nTIMEOUT 9\r\n',
    );
    expect(setOption('PROMPT 0\r\n', 'UI', 'x')).toBe('PROMPT 0\r\nUI x\r\n');
    const bytes = Uint8Array.of(0x23, 0x82, 0, 0x41, 10);
    const changed = setOption(bytes, 'UI', 'é');
    expect([...changed]).toEqual([...bytes, ...Buffer.from('UI é\n')]);
  });

  it('refuses values of several lines, and labels that do not exist', () => {
    for (const [option, value] of [
      ['', 'x'],
      ['A\nB', 'x'],
      ['A', 'x\ny'],
    ] as const) {
      expect(() => setOption(FILE, option, value)).toThrow(RangeError);
    }
    expect(() => setOption(FILE, 'APPEND', 'x', { label: 'none' })).toThrow(
      'there is no LABEL "none"',
    );
  });
});
