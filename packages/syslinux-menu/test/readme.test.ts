import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type RenderCode, type SyslinuxParseCode } from '../src/index.js';
import { type MenuDiagnosticCode } from '../src/validate/findings.js';

const PACKAGE = join(import.meta.dirname, '..');
const EXAMPLES = ['render', 'check', 'preview'];

const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
const programs = mkdtempSync(join(tmpdir(), 'syslinux-menu-examples-'));

describe('readme', () => {
  beforeAll(async () => {
    const source = (name: string): string => join(PACKAGE, 'src', name);
    await build({
      entry: EXAMPLES.map((name) => join(PACKAGE, 'examples', `${name}.ts`)),
      outDir: programs,
      outExtension: () => ({ js: '.mjs' }),
      format: 'esm',
      target: 'node20',
      silent: true,
      config: false,
      tsconfig: join(PACKAGE, 'tsconfig.json'),
      // The package under test as it is now, not as it was built last; it needs nothing else.
      noExternal: [/^@pxe\/syslinux-menu/],
      esbuildOptions(options) {
        options.alias = {
          '@pxe/syslinux-menu/grub': source('dialects/grub/index.ts'),
          '@pxe/syslinux-menu/ipxe': source('dialects/ipxe/index.ts'),
          '@pxe/syslinux-menu/preview': source('preview/index.ts'),
          '@pxe/syslinux-menu': source('index.ts'),
        };
      },
    });
  }, 300_000);

  afterAll(() => {
    rmSync(programs, { recursive: true });
  });

  describe('the examples of the README', () => {
    for (const name of EXAMPLES) {
      it(`${name}.ts is quoted unchanged, with its output`, { timeout: 300_000 }, async () => {
        const example = readFileSync(join(PACKAGE, 'examples', `${name}.ts`), 'utf8');
        expect(readme).toContain(`<!-- examples/${name}.ts -->\n\n\`\`\`ts\n${example}\`\`\`\n`);
        const { stdout } = await promisify(execFile)(process.execPath, [
          join(programs, `${name}.mjs`),
        ]);
        expect(readme).toContain(`\`\`\`text\n${stdout.trimEnd()}\n\`\`\`\n`);
      });
    }
  });

  /** All codes: the compiler requires exactly these. */
  const MODEL: Readonly<Record<MenuDiagnosticCode, true>> = {
    'control-character': true,
    'outer-blank': true,
    'empty-text': true,
    caret: true,
    'non-ascii': true,
    'bad-id': true,
    'duplicate-id': true,
    'bad-hotkey': true,
    'duplicate-hotkey': true,
    'bad-path': true,
    'initrd-in-args': true,
    'bad-args': true,
    'bad-choice': true,
    'bad-number': true,
    'bad-password-hash': true,
    'plain-password': true,
    'bad-color': true,
    'help-end-marker': true,
    'empty-menu': true,
    'misplaced-back': true,
    'too-deep': true,
    'unknown-default': true,
    'default-not-bootable': true,
    'no-default': true,
    'no-timeout': true,
    'left-out': true,
  };

  const RENDERERS: Readonly<Record<Exclude<RenderCode, MenuDiagnosticCode>, true>> = {
    'nothing-left': true,
    'default-left-out': true,
    'selected-differs': true,
    'master-password': true,
    'not-shown': true,
    'not-appended': true,
    'not-started-first': true,
    'bios-only': true,
    'unusable-file-name': true,
    'file-name-too-long': true,
    'command-line-too-long': true,
    'line-too-long': true,
    'hotkey-taken': true,
    'rounded-timeout': true,
    'mangled-argument': true,
    'inexpressible-word': true,
    'collapsed-blanks': true,
  };

  const PARSER: Readonly<
    Record<
      Exclude<
        SyslinuxParseCode,
        Exclude<MenuDiagnosticCode, 'empty-menu' | 'bad-number' | 'too-deep'>
      >,
      true
    >
  > = {
    'line-split': true,
    'unterminated-text': true,
    'outside-label': true,
    'unknown-directive': true,
    misspelled: true,
    'unknown-color': true,
    'hotkey-taken': true,
    'stray-menu-end': true,
    'stray-endtext': true,
    'menu-left-open': true,
    'parent-menu-after-include': true,
    'exit-at-top': true,
    'unresolved-goto': true,
    'include-missing': true,
    'include-cycle': true,
    'include-too-deep': true,
    'include-too-much': true,
    'byte-order-mark': true,
    'utf-16': true,
    'shown-as-garbage': true,
    'nothing-starts': true,
    'no-menu': true,
    'implicit-with-ui': true,
    'unknown-label': true,
    'empty-menu': true,
    'missing-default': true,
    'second-default': true,
    'clock-never-runs': true,
    'short-timeout': true,
    'bad-number': true,
    'duplicate-label': true,
    'label-with-blanks': true,
    'no-kernel': true,
    'repeated-directive': true,
    'suffix-decides': true,
    'initrd-blank': true,
    'second-initrd': true,
    'comment-in-line': true,
    'line-continuation': true,
    'unsupported-scheme': true,
    'needs-lpxelinux': true,
    'u-boot-only': true,
    'command-line-too-long': true,
    'file-name-too-long': true,
    'missing-file': true,
    'missing-library': true,
    'other-module-kind': true,
    'not-in-model': true,
    'too-deep': true,
    'text-changed': true,
    'entry-added': true,
    'clock-changed': true,
  };

  /** Returns the codes in the first column of the table below a heading. */
  function codesUnder(heading: string): readonly string[] {
    const [, section = ''] = readme.split(`\n### ${heading}\n`);
    const [text = ''] = section.split(/\n#{2,} /);
    return [...text.matchAll(/^\| `([a-z0-9-]+)` /gm)].map(([, code = '']) => code).sort();
  }

  describe('the diagnostics of the README', () => {
    it('are complete', () => {
      expect(codesUnder('In a model')).toEqual(Object.keys(MODEL).sort());
      expect(codesUnder('In rendering')).toEqual(Object.keys(RENDERERS).sort());
      expect(codesUnder('In a syslinux file')).toEqual(Object.keys(PARSER).sort());
    });
  });
});
