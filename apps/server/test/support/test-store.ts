import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Store kept between runs: an up-to-date store fetches nothing. */
export const TEST_STORE = process.env['PXEBOOT_TEST_STORE'] ?? join(tmpdir(), 'pxeboot-test-store');
