import { describe, expect, it } from 'vitest';

import { fixture } from '../../test/support/fixture.js';
import { AnsiStripper, stripAnsi } from './ansi.js';

describe('stripAnsi', () => {
  it.each([
    ['\x1b[1;24r\x1b[4l\x1b(B\x1b)0text', 'text'],
    ['a\x1b[?25lb\x1b[0mc\r\n', 'abc\n'],
    ['\x1b]0;title\x07shell', 'shell'],
    ['\x1b]0;title\x1b\\shell', 'shell'],
    ['\x1b[30m\x1b[47m [!!] \x1b[31mSelect a language', ' [!!] Select a language'],
    ['[ no escape ] 100%', '[ no escape ] 100%'],
    ['\x1b=\x1b>\x1bMup', 'up'],
  ])('%j', (input, expected) => {
    expect(stripAnsi(input)).toBe(expected);
  });

  it('makes the dialog of a recorded installer readable', () => {
    const text = stripAnsi(fixture('installer-dialog.serial').toString());
    expect(text).toMatch(/^Starting system log daemon: syslogd, klogd\.\n/);
    expect(text).toContain('[!!] Select a language');
    expect(text).toContain('Choose the language to be used for the installation process.');
    // eslint-disable-next-line no-control-regex -- that none are left is the point
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  });
});

describe('AnsiStripper', () => {
  it('returns the same text wherever the stream is cut', () => {
    const stream = fixture('installer-dialog.serial').toString();
    const whole = stripAnsi(stream);
    for (const size of [1, 2, 3, 7, 64]) {
      const stripper = new AnsiStripper();
      let text = '';
      for (let at = 0; at < stream.length; at += size) {
        text += stripper.push(stream.slice(at, at + size));
      }
      expect(text).toBe(whole);
    }
  });
});
