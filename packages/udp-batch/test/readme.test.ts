import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PACKAGE = join(import.meta.dirname, '..');

/**
 * Directory at the same depth as the package's sources, which look for the native module relative to
 * themselves.
 */
const programs = mkdtempSync(join(PACKAGE, '.examples-'));

describe('readme', () => {
  beforeAll(async () => {
    await build({
      entry: [join(PACKAGE, 'examples/echo.ts')],
      outDir: programs,
      outExtension: () => ({ js: '.mjs' }),
      format: 'esm',
      target: 'node20',
      silent: true,
      config: false,
      tsconfig: join(PACKAGE, 'tsconfig.json'),
      // Bundles the package under test as it is now, not as it was last built.
      noExternal: [/^@pxe\/udp-batch/],
      esbuildOptions(options) {
        options.alias = { '@pxe/udp-batch': join(PACKAGE, 'src/index.ts') };
      },
    });
  });

  afterAll(() => {
    rmSync(programs, { recursive: true });
  });

  it('quotes its example unchanged, with its output', async () => {
    const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
    const example = readFileSync(join(PACKAGE, 'examples/echo.ts'), 'utf8');
    expect(readme).toContain(`<!-- examples/echo.ts -->\n\n\`\`\`ts\n${example}\`\`\`\n`);
    const { stdout } = await promisify(execFile)(process.execPath, [join(programs, 'echo.mjs')]);
    expect(readme).toContain(`\`\`\`text\n${stdout.trimEnd()}\n\`\`\`\n`);
  });
});
