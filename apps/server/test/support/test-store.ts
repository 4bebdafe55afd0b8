import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Kept between runs: a store that is up to date fetches nothing. */
export const TEST_STORE = process.env['PXEBOOT_TEST_STORE'] ?? join(tmpdir(), 'pxeboot-test-store');
