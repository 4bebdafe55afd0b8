import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lacksFile } from '@pxe/test-host';

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

/** Returns true, and prints a message, if the tools are not unpacked; throws with `CI=true`. */
export function lacksTools(): boolean {
  return lacksFile(join(TOOLS, '..', 'complete'), 'bash .ci/unpack-tools');
}
