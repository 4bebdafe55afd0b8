import { mirrorSource, openStore, syncImages } from '@pxe/debian-netboot';

const store = await openStore('images');
const { generation, outcome } = await syncImages({
  store,
  source: mirrorSource({ mirrors: ['http://ftp.debian.org/debian'] }),
  images: [{ suite: 'trixie', arch: 'amd64', variants: ['text'] }],
  onEvent(event) {
    if (event.type === 'fileVerified') {
      console.log(`${event.file}: ${event.size} bytes`);
    }
  },
});

console.log(`${outcome}: generation ${generation.id}`);
for (const { suite, arch, version, kernelVersion, abi, files } of generation.manifest.targets) {
  console.log(`Debian ${version} (${suite} ${arch}), Linux ${kernelVersion}, modules: ${abi}`);
  console.log(`  kernel ${store.blobPath(files.linux.sha256)}`);
  console.log(`  initrd ${store.blobPath(files['initrd.gz'].sha256)}`);
}
