import { describe, expect, it } from 'vitest';

import { parseSyslinux } from '../parse/parse.js';
import { paintAnsi } from './ansi.js';
import { layoutMenu } from './view.js';

describe('ansi', () => {
  it('paintAnsi sends a terminal only numbers, whatever colours the file names', () => {
    const evil = 'label a\nlinux v\nmenu color sel \u001b]0;title\u0007 #fff\n';
    const text = paintAnsi(layoutMenu(parseSyslinux(evil).loaded));
    expect(text).not.toContain(']0;');
    expect(text.split('\n')).toHaveLength(26);
    expect(text).toContain('\u001b[0;30;44m┌');
  });
});
