import { exportBundle, importBundle, openStore, verifyStore } from '@pxe/debian-netboot';

// On a machine with network access:
await exportBundle({ store: await openStore('images'), path: 'debian.tar' });

// On the offline machine. The bundle is verified with the keys in this package.
const store = await openStore('air-gapped-images');
const { generation } = await importBundle({ store, path: 'debian.tar' });
console.log(`imported ${generation.id}`);

// At any later time, offline.
for (const { id, files, problems } of await verifyStore({ store })) {
  console.log(`${id}: ${files} files, ${problems.length} problems`);
}
