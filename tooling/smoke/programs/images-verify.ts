import { readFile } from 'node:fs/promises';

import { openStore, parseKeyring, verifyStore } from '@pxe/debian-netboot';

// Checks all files and signatures again, offline.
const reports = await verifyStore({
  store: await openStore('images', { readOnly: true }),
  trust: { keyring: await parseKeyring(await readFile('mirror.asc')) },
});
for (const { id, files, problems } of reports) {
  console.log(`${id}: ${files} files, ${problems.length} problems`);
  for (const { subject, error } of problems) {
    console.log(`  ${subject}: ${error.message}`);
  }
}
