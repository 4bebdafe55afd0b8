import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type DecodeFailureReason, type UnansweredReason } from '../src/index.js';

const PACKAGE = join(import.meta.dirname, '..');

const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
const programs = mkdtempSync(join(tmpdir(), 'dhcp-protocol-examples-'));

/** All reasons: the compiler requires exactly these. */
const REASONS: Readonly<Record<DecodeFailureReason | UnansweredReason, true>> = {
  undecodable: true,
  reply: true,
  messageType: true,
  notBootClient: true,
  noHardwareAddress: true,
  otherLayer: true,
  addressRefused: true,
  rateLimited: true,
  noBootFile: true,
  answerTooLarge: true,
  truncated: true,
  tooLong: true,
  unknownOperation: true,
  hardwareAddressTooLong: true,
  missingCookie: true,
  truncatedOption: true,
};

describe('readme', () => {
  beforeAll(async () => {
    await build({
      entry: [join(PACKAGE, 'examples/offer.ts')],
      outDir: programs,
      outExtension: () => ({ js: '.mjs' }),
      format: 'esm',
      target: 'node20',
      silent: true,
      config: false,
      tsconfig: join(PACKAGE, 'tsconfig.json'),
      // The package under test as it is now, not as last built.
      noExternal: [/^@pxe\/dhcp-protocol/],
      esbuildOptions(options) {
        options.alias = { '@pxe/dhcp-protocol': join(PACKAGE, 'src/index.ts') };
      },
    });
  });

  afterAll(() => {
    rmSync(programs, { recursive: true });
  });

  it.each(['serve', 'watch', 'offer'])('quotes %s.ts unchanged', (name) => {
    const example = readFileSync(join(PACKAGE, 'examples', `${name}.ts`), 'utf8');

    expect(readme).toContain(`<!-- examples/${name}.ts -->\n\n\`\`\`ts\n${example}\`\`\`\n`);
  });

  it('shows the output of offer.ts', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(programs, 'offer.mjs')]);

    expect(readme).toContain(`\`\`\`text\n${stdout.trimEnd()}\n\`\`\`\n`);
  });

  it('lists every reason', () => {
    const listed = [...readme.matchAll(/^\| `([A-Za-z]+)` /gm)].map(([, reason = '']) => reason);

    expect(listed.sort()).toEqual(Object.keys(REASONS).sort());
  });
});
