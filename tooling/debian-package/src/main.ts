#!/usr/bin/env node
// Builds the Debian package. From the repository's root, after `npm run build`:
//
//     node tooling/debian-package/dist/main.js [--output DIRECTORY] [--version VERSION]
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { buildPackages } from './debian-package.js';

const { values } = parseArgs({
  options: {
    output: { type: 'string', default: 'dist' },
    version: { type: 'string' },
  },
});
const { output, version } = values;
const files = await buildPackages({
  root: resolve(import.meta.dirname, '../../..'),
  output: resolve(output),
  ...(version !== undefined && { versions: [version] }),
});
console.log(files.join('\n'));
