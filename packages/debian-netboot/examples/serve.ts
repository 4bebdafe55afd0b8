import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';

import { openStore } from '@pxe/debian-netboot';

// Another process updates the store; this one only reads.
const store = await openStore('images', { readOnly: true });

const server = createServer((request, response) => {
  void (async () => {
    // The URL names the generation, so that a client gets a kernel and an initrd that belong together.
    const [, id, name] = (request.url ?? '').split('/');
    const generations = await store.generations();
    const generation = generations.find((candidate) => candidate.id === id) ?? generations[0];
    const target = generation?.manifest.targets[0];
    const file = name === 'linux' || name === 'initrd.gz' ? target?.files[name] : undefined;
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Length': file.size });
    createReadStream(store.blobPath(file.sha256)).pipe(response);
  })();
});

server.listen(8080, '127.0.0.1');
