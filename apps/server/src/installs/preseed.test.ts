import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { earlyScript, lateScript, preseedTemplate, withScripts } from './preseed.js';

const commands = { url: 'http://10.0.0.1:8069/i/TOKEN' };

describe('preseedTemplate', () => {
  it('fills in variables without HTML entities, and lists them', () => {
    const template = preseedTemplate('d-i a string {{name}} {{{name}}} {{&tz}}{{#x}}\nd-i b{{/x}}');
    expect(template.variables).toEqual(['name', 'tz', 'x']);
    expect(template.render({ name: "a'<b>&", tz: 'Europe/Berlin', x: '' }).text).toBe(
      "d-i a string a'<b>& a'<b>& Europe/Berlin",
    );
  });

  it('lets no value end its line, begin another line or continue on the next', () => {
    const template = preseedTemplate('d-i a string {{v}}\nd-i b string {{&v}}\n');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (v) => {
        const { text, early, late } = template.render({ v });
        expect(text.split(/[\n\r\u2028\u2029\u0085]/)).toHaveLength(2);
        expect(text).not.toMatch(/\\$/m);
        expect([early, late]).toEqual(['', '']);
      }),
    );
  });

  it.each(['{{> /etc/passwd}}', '{{#a}}{{>b}}{{/a}}'])('refuses to include files: %s', (text) => {
    expect(() => preseedTemplate(text)).toThrow('cannot include another file');
  });

  it('refuses a broken template', () => {
    expect(() => preseedTemplate('{{#a}}')).toThrow();
  });
});

describe('commands of a preseed', () => {
  const rendered = preseedTemplate(
    '# comment \\\nd-i x string y\nd-i preseed/late_command string in-target a; \\\n  b\nd-i preseed/early_command string c\n',
  ).render({});

  it('run as scripts, and success is reported at the end', () => {
    const text = withScripts(rendered, commands);
    expect(text.split('\n')).toEqual([
      '# comment \\',
      'd-i x string y',
      expect.stringMatching(/^d-i preseed\/early_command string wget .*\/i\/TOKEN\/early && sh /),
      expect.stringMatching(/^d-i preseed\/late_command string wget .*\/i\/TOKEN\/late && sh /),
      '',
    ]);
    expect(earlyScript(rendered)).toBe('c\n');
    expect(lateScript(rendered, commands)).toMatch(/^\(\nin-target a; +b\n\)\n/);
    expect(lateScript(rendered, commands)).toMatch(/wget -q -t 1 -T 10 .*\/i\/TOKEN\/done/);
  });

  it('become empty scripts if the preseed has none', () => {
    const none = preseedTemplate('d-i x string y').render({});
    expect(earlyScript(none)).toBe(':\n');
    expect(lateScript(none, commands)).toMatch(/^\(\n:\n\)\n/);
  });
});
