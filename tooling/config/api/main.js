// Checks the public declarations of built packages against their reports, or rewrites the reports:
//   node tooling/config/api/main.js [--update] FOLDER...
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { checkSurface } from './check-surface.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { update: { type: 'boolean', default: false } },
});
for (const folder of positionals) {
  for (const line of checkSurface(resolve(folder), values)) {
    console.error(line);
    process.exitCode = 1;
  }
}
