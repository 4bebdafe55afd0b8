/**
 * A prune in a process of its own, for disks that fail; prints its report.
 *
 *     node prune-child.js STORE
 */
import { openStore } from '../../src/index.js';

const [, , directory = ''] = process.argv;
const store = await openStore(directory);
process.stdout.write(JSON.stringify(await store.prune({ keep: 0, graceMs: 0 })));
