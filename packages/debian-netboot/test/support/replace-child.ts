import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { replaceFile } from '../../src/files/durable-file.js';

// Each replacement syncs the file, then its directory.
const [directory = ''] = process.argv.slice(2);
const path = join(directory, 'record');
await replaceFile(path, 'first\n', directory);
await replaceFile(path, 'second\n', directory);
process.stdout.write(await readFile(path, 'utf8'));
