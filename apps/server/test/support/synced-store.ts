import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runPxeboot } from './daemon.js';
import { lacks } from './programs.js';

/** Kept between runs: a store that is up to date fetches nothing. */
export const TEST_STORE = process.env['PXEBOOT_TEST_STORE'] ?? join(tmpdir(), 'pxeboot-test-store');

/** Fills the store of the tests through the host's apt, as a user would: once, before all files. */
export default async function setup(): Promise<void> {
  if (lacks('apt-get')) return;
  const args = ['sync', '--source-kind', 'apt', '--data-dir', TEST_STORE];
  const { code, stderr } = await runPxeboot(args);
  if (code !== 0) throw new Error(`pxeboot sync failed: ${stderr}`);
}
