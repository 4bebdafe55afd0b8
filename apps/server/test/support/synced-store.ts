import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runPxeboot } from './daemon.js';

/** Kept between runs: a store that is up to date fetches nothing. */
export const TEST_STORE = process.env['PXEBOOT_TEST_STORE'] ?? join(tmpdir(), 'pxeboot-test-store');

/** Fills the store of the tests through the host's apt, as a user would. */
export async function syncTestStore(): Promise<string> {
  const { code, stderr } = await runPxeboot([
    'sync',
    '--source-kind',
    'apt',
    '--data-dir',
    TEST_STORE,
  ]);
  if (code !== 0) throw new Error(`pxeboot sync failed: ${stderr}`);
  return TEST_STORE;
}
