import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatFinding } from '../findings/finding.js';
import { earlyKernelArgs } from './kernel-arguments.js';
import { type LintOptions, lintPreseed } from './lint.js';

/** Returns the findings in lines, without notes. */
function lint(text: string, options?: LintOptions): readonly string[] {
  return all(text, options).filter((line) => !line.includes(': note: '));
}

/** Returns all findings, formatted. */
function all(text: string, options?: LintOptions): readonly string[] {
  return lintPreseed(text, options).map((finding) => formatFinding(finding, 'f'));
}

describe('lintPreseed', () => {
  it('finds nothing in a plain file', () => {
    expect(lint('# A comment\n\nd-i netcfg/get_hostname string web1\n')).toEqual([]);
  });

  it('names the line at which the installer stops, and the first that it does not read', () => {
    expect(lint('d-i\nd-i netcfg/enable boolean true\nd-i netcfg/enable\n')).toEqual([
      'f:1:1: error: the installer stops here with an error: "d-i" lacks question, type and value; write "owner question type value" [broken-line]',
      'f:2:1: error: the installer stops before this line, and reads neither it nor anything after it [not-read]',
      'f:3:1: error: the installer stops here with an error: "d-i netcfg/enable" lacks type and value; write "owner question type value" [broken-line]',
    ]);
  });

  it('finds a last line that the installer drops', () => {
    expect(lint('d-i netcfg/enable boolean true \\\n# end\n')).toEqual([
      'f:1:1: error: the file ends after a backslash, so the installer drops the whole line; remove the last backslash [unfinished-line]',
    ]);
  });

  it('finds a comment that becomes part of a value', () => {
    expect(lint('d-i netcfg/get_hostname string web1 # the name\n')).toEqual([
      'f:1:37: warning: the comment is part of the value: "# the name"; put it on a separate line [comment-in-value]',
    ]);
    expect(lint('d-i netcfg/get_hostname string # the name\n')).toHaveLength(1);
    expect(lint('d-i preseed/late_command string true # done\n')).toEqual([]);
    expect(lint('d-i mirror/http/directory string /a#b\n')).toEqual([]);
  });

  it('finds an indented comment', () => {
    expect(lint('  # d-i netcfg/enable boolean true\n')).toEqual([
      'f:1:3: error: only a "#" at the start of the line begins a comment: this is read as an answer; remove the whitespace before it [indented-comment]',
    ]);
  });

  it('finds a line without an owner', () => {
    expect(lint('netcfg/get_hostname string web1\n')).toEqual([
      'f:1:1: error: expected the owner of the question first, as in "d-i", got "netcfg/get_hostname"; put "d-i" at the start [unknown-owner]',
    ]);
  });

  it('finds bytes that the author does not see', () => {
    expect(lint('\ufeffd-i netcfg/enable boolean true\n')[0]).toMatch(/byte-order-mark/);
    expect(lint('d-i netcfg/enable boolean true\0\n')).toEqual([
      'f:1:31: error: a NUL ends the line; remove it [nul-byte]',
    ]);
    expect(lint('d-i netcfg/get_domain string a \\ \r\n')).toEqual([
      'f:1:32: warning: whitespace after the backslash: the line does not continue; remove the whitespace at its end [backslash-then-blank]',
    ]);
  });

  it('finds a type that debconf does not know', () => {
    expect(lint('d-i netcfg/get_hostname text-line web1\n')).toEqual([
      'f:1:25: warning: expected a type, as in "string", got "text-line"; the installer ignores it [unknown-type]',
    ]);
    expect(lint('tasksel tasksel/first multi-select standard\n')).toEqual([
      'f:1:23: error: expected a type, as in "string", got "multi-select"; debconf skips the line [unknown-type]',
    ]);
  });

  it('finds a flag that is neither true nor false', () => {
    expect(lint('d-i netcfg/get_domain string x\nd-i netcfg/get_domain seen false\n')).toEqual([]);
    expect(lint('d-i netcfg/get_domain seen true\n')).toEqual([]);
    expect(lint('d-i netcfg/get_domain string x\nd-i netcfg/get_domain seen yes\n')).toEqual([
      'f:2:28: warning: expected "true" or "false" for the flag, got "yes" [not-a-boolean]',
    ]);
  });

  it('finds a question with two different answers', () => {
    const file = 'd-i netcfg/get_domain string x\nd-i netcfg/get_domain string ';
    expect(lint(`${file}y\n`)).toEqual([
      'f:1:5: warning: line 2 answers "netcfg/get_domain" again, with another value [repeated-question]',
    ]);
    expect(lint(`${file}x\n`)).toEqual([]);
  });

  it('takes the answers on the kernel command line into account', () => {
    const text = 'd-i debian-installer/locale string C\nd-i netcfg/get_hostname string web1\n';
    const late = (kernelArgs?: string): readonly string[] =>
      all(text, kernelArgs === undefined ? {} : { kernelArgs }).filter((line) =>
        line.includes('too-late'),
      );
    expect(late()).toHaveLength(2);
    expect(late('auto=true')).toEqual([expect.stringMatching(/^f:2:5: note/)]);
    expect(late('auto=true hostname=web1')).toEqual([]);
    expect(late('auto=true --- hostname=web1')).toHaveLength(1);
    expect(late('auto=true netcfg/get_hostname?=web1')).toHaveLength(1);
    const asked = (args: string): readonly string[] => all('', { kernelArgs: args });
    expect(asked('').join()).toContain('"tasksel/first"');
    expect(asked('tasksel:tasksel/first=standard').join()).not.toContain('"tasksel/first"');
    expect(asked('locale=C').join()).not.toContain('installer/locale');
    expect(asked('priority=critical').join()).not.toContain('time/zone');
  });

  it('lets a flag in the file hide an answer on the kernel command line', () => {
    const asked = (flag: string): string =>
      all(`d-i debian-installer/locale seen ${flag}\n`, { kernelArgs: 'locale=C' }).join();
    expect(asked('true')).not.toContain('asks "debian-installer/locale"');
    expect(asked('false')).toContain('asks "debian-installer/locale"');
  });

  it('checks any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const { line = 1, column = 1 } of lintPreseed(text)) {
          expect(line >= 1 && column >= 1).toBe(true);
        }
      }),
    );
  });
});

describe('earlyKernelArgs', () => {
  it('returns the answers that a preseed brings too late', () => {
    const text = [
      'd-i debian-installer/locale string de_DE.UTF-8',
      'd-i keyboard-configuration/xkb-keymap select de',
      'd-i netcfg/choose_interface select auto',
      'd-i netcfg/get_hostname string web1',
      'd-i netcfg/get_domain string',
      'd-i netcfg/hostname string web1',
      'd-i time/zone string Europe/Berlin',
    ];
    expect(earlyKernelArgs(text.join('\n'))).toBe(
      'locale=de_DE.UTF-8 keymap=de interface=auto hostname=web1 domain= netcfg/hostname=web1',
    );
  });

  it('leaves out passwords, values that need quotes, and names that mean "none"', () => {
    const text = [
      'd-i netcfg/wireless_wpa string secret123',
      'd-i keyboard-configuration/xkb-keymap select es(cat)',
      'd-i netcfg/get_hostname string unassigned-hostname',
      'd-i netcfg/get_domain string example.com',
      'd-i netcfg/get_domain seen false',
      'd-i netcfg/enable seen true',
    ];
    expect(earlyKernelArgs(text.join('\n'))).toBe('');
  });
});
