import { readFile } from 'node:fs/promises';

import { mirrorSource, openStore, parseKeyring, syncImages } from '@pxe/debian-netboot';

// Fetches the installer from a private mirror that signs with its own key.
const [mirror = ''] = process.argv.slice(2);
const { outcome, generation } = await syncImages({
  store: await openStore('images'),
  source: mirrorSource({ mirrors: [mirror] }),
  images: [{ suite: 'trixie', arch: 'amd64', variants: ['text'] }],
  trust: { keyring: await parseKeyring(await readFile('mirror.asc')) },
});
console.log(`${outcome}: ${generation.id}`);
