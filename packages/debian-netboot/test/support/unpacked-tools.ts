import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe } from 'vitest';

/** Directory into which `.ci/unpack-tools` unpacks third-party mirroring tools and caches. */
export const TOOLS: string = join(
  process.env['PXEBOOT_TEST_TOOLS'] ?? join(tmpdir(), 'pxeboot-test-tools'),
  'root',
);

/** Environment in which the unpacked programs find their libraries. */
export const TOOLS_ENVIRONMENT: NodeJS.ProcessEnv = {
  ...process.env,
  LD_LIBRARY_PATH: join(TOOLS, 'usr/lib/x86_64-linux-gnu'),
  PERL5LIB: [
    join(TOOLS, 'usr/share/perl5'),
    join(TOOLS, 'usr/lib/x86_64-linux-gnu/perl5/5.36'),
  ].join(':'),
};

/**
 * Returns `describe` if the tools are present. Otherwise, the tests are skipped with a line that
 * says how to get them; under `CI=true` they fail instead.
 */
export function describeWithTools(title: string, tests: () => void): void {
  const areThere = existsSync(join(TOOLS, '..', 'complete'));
  if (!areThere) {
    process.stderr.write(`skipped: ${title} (run: bash .ci/unpack-tools)\n`);
  }
  describe.runIf(areThere || process.env['CI'] === 'true')(title, tests);
}
