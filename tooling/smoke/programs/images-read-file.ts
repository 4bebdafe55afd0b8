import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { openStore } from '@pxe/debian-netboot';

// Copies the kernel out of the store.
const store = await openStore('images', { readOnly: true });
const generation = await store.current();
const image = generation?.manifest.targets.find(({ suite }) => suite === 'trixie');
if (image === undefined) {
  throw new Error('no image of trixie in the store');
}
await pipeline(store.read(image.files.linux), createWriteStream('linux'));
console.log(`Linux ${image.kernelVersion}: ${image.files.linux.size} bytes`);
