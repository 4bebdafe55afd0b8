import { exportBundle, importBundle, openStore, verifyStore } from '@pxe/debian-netboot';

// Where there is a network:
await exportBundle({ store: await openStore('images'), path: 'debian.tar' });

// Where there is none: the bundle verifies itself, with the keys that ship with this package.
const store = await openStore('air-gapped-images');
const { generation } = await importBundle({ store, path: 'debian.tar' });
console.log(`imported ${generation.id}`);

// At any time later, without any network.
for (const { id, files, problems } of await verifyStore({ store })) {
  console.log(`${id}: ${files} files, ${problems.length} problems`);
}
