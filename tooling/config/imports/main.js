// Checks the imports of the whole repository; part of `npm run lint`.
import { fileURLToPath } from 'node:url';

import { checkImports } from './check-imports.js';
import { LAYERS } from './layers.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const found = await checkImports(root, LAYERS);
for (const line of found) {
  console.error(line);
}
process.exitCode = found.length === 0 ? 0 : 1;
