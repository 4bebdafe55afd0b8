/**
 * Prunes a store in a separate process, for tests with failing disks; prints the report.
 *
 *     node prune-child.js STORE
 */
import { openStore } from '../../src/index.js';

const [, , directory = ''] = process.argv;
const store = await openStore(directory);
process.stdout.write(JSON.stringify(await store.prune({ keep: 0, graceMs: 0 })));
