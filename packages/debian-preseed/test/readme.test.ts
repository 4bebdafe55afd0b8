import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type FindingCode } from '../src/index.js';

const PACKAGE = join(import.meta.dirname, '..');
const EXAMPLES = ['render', 'check'];

const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
const programs = mkdtempSync(join(tmpdir(), 'debian-preseed-examples-'));

/** All finding codes: the compiler requires exactly these. */
const CODES: Readonly<Record<FindingCode, true>> = {
  'broken-line': true,
  'not-read': true,
  'unfinished-line': true,
  'byte-order-mark': true,
  'nul-byte': true,
  'indented-comment': true,
  'comment-in-value': true,
  'backslash-then-blank': true,
  'unknown-owner': true,
  'unknown-type': true,
  'not-a-boolean': true,
  'repeated-question': true,
  'flag-without-effect': true,
  'wrong-type': true,
  'unknown-question': true,
  'question-not-known-here': true,
  'not-a-choice': true,
  'plain-password': true,
  'too-late': true,
  'will-be-asked': true,
};

describe('readme', () => {
  beforeAll(async () => {
    await build({
      entry: EXAMPLES.map((name) => join(PACKAGE, 'examples', `${name}.ts`)),
      outDir: programs,
      outExtension: () => ({ js: '.mjs' }),
      format: 'esm',
      target: 'node20',
      silent: true,
      config: false,
      tsconfig: join(PACKAGE, 'tsconfig.json'),
      // Bundles the package from its current sources, not its last build; it needs nothing else.
      noExternal: [/^@pxe\/debian-preseed/],
      esbuildOptions(options) {
        options.alias = { '@pxe/debian-preseed': join(PACKAGE, 'src/index.ts') };
      },
    });
  }, 300_000);

  afterAll(() => {
    rmSync(programs, { recursive: true });
  });

  for (const name of EXAMPLES) {
    it(`quotes ${name}.ts unchanged, with its output`, { timeout: 300_000 }, async () => {
      const example = readFileSync(join(PACKAGE, 'examples', `${name}.ts`), 'utf8');
      expect(readme).toContain(`<!-- examples/${name}.ts -->\n\n\`\`\`ts\n${example}\`\`\`\n`);
      const program = join(programs, `${name}.mjs`);
      const { stdout } = await promisify(execFile)(process.execPath, [program]);
      expect(readme).toContain(`\`\`\`text\n${stdout.trimEnd()}\n\`\`\`\n`);
    });
  }

  it('lists every finding', () => {
    const codes = [...readme.matchAll(/^\| `([a-z-]+)` /gm)].map(([, code = '']) => code);
    expect(codes.sort()).toEqual(Object.keys(CODES).sort());
  });
});
