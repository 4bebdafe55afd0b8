import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { SUITES, temporaryDirectory, unpackInstallers } from './installers.js';
import { initrdTemplates, packageTemplates } from './packages.js';
import { type FoundTemplate, makeRows, readRows } from './rows.js';

const USAGE = `usage: npm run questions -- [SUITE=DIRECTORY ...]

Makes the table of questions of @pxe/debian-preseed again: from the initrds of Debian's installers,
which apt downloads, and from the udebs, debs and source archives in a directory for each suite.
Rows of other packages are kept.
`;

const TABLE = join(import.meta.dirname, '../../../packages/debian-preseed/src/questions/table.ts');

const { positionals } = parseArgs({ allowPositionals: true });
const directories = positionals.map((argument) => {
  const [name, directory] = argument.split('=');
  const suite = SUITES.find((one) => one === name);
  if (suite === undefined || directory === undefined) {
    process.stderr.write(USAGE);
    process.exit(2);
  }
  return { suite, directory };
});

const found: FoundTemplate[] = [];
const temporary = await temporaryDirectory();
try {
  const roots = await unpackInstallers(temporary);
  for (const suite of SUITES) {
    found.push(...(await initrdTemplates(suite, roots[suite])));
  }
} finally {
  await rm(temporary, { recursive: true });
}
for (const { suite, directory } of directories) {
  found.push(...(await packageTemplates(suite, directory)));
}
const [head = '', old = ''] = (await readFile(TABLE, 'utf8')).split('`');
const isRead = new Set(found.map(({ suite, origin }) => `${suite} ${origin}`));
const kept = readRows(old.split('\n')).filter(
  ({ suite, origin }) => !origin.startsWith('initrd') && !isRead.has(`${suite} ${origin}`),
);
const rows = makeRows([...found, ...kept]);
await writeFile(TABLE, `${head}\`\n${rows.join('\n')}\n\`;\n`);
console.log(`${rows.length} rows: ${found.length} templates read, ${kept.length} kept`);
