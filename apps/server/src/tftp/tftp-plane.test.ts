import { createSocket, Socket } from 'node:dgram';
import { once } from 'node:events';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { bindUdpSocket } from '@pxe/udp-batch';

import { createAllowList } from '../access/allow-list.js';
import { configSchema } from '../config/schema.js';
import { type BlobCache, createBlobCache } from '../content/blob-cache.js';
import { createTftpPlane } from './tftp-plane.js';

// The real module, with a record of its calls.
vi.mock(import('@pxe/udp-batch'), { spy: true });

const FILE_BYTES = 5 * 1024 * 1024;

const clients: Socket[] = [];

/** Opens the socket of a client on a loopback address. */
async function clientAt(address: string): Promise<Socket> {
  const socket = createSocket('udp4');
  clients.push(socket);
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

/** Creates a plane on loopback. */
function planeWith(
  cache: BlobCache,
  tftp: Readonly<Record<string, unknown>> = {},
  onLookup: (path: string) => void = () => undefined,
): ReturnType<typeof createTftpPlane> {
  return createTftpPlane({
    settings: configSchema.parse({ tftp: { listen: ['127.0.0.1:0'], ...tftp } }).tftp,
    quirks: () => ({}),
    namespace: {
      lookup: (path) => {
        onLookup(path);
        return { kind: 'blob', sha256: path, size: FILE_BYTES, lastModified: 0 };
      },
      servedPath: () => undefined,
      refusalReason: () => undefined,
      use: () => undefined,
      alsoServe: () => undefined,
      generation: undefined,
      notReady: undefined,
    },
    cache,
    allowList: createAllowList(undefined),
    events: {
      tftp: () => undefined,
      dhcp: () => undefined,
      httpRequest: () => undefined,
      sourceDenied: () => undefined,
      unexpectedError: () => undefined,
      limitReached: () => undefined,
      requestRejected: () => undefined,
    },
  });
}

describe('TFTP plane', () => {
  afterEach(() => {
    for (const socket of clients.splice(0)) {
      socket.close();
    }
  });

  it.each([
    [true, 0],
    [false, 1],
  ])(
    'binds sockets with nativeSockets %s, and %i of them by node:dgram',
    async (nativeSockets, sockets) => {
      const bind = vi.spyOn(Socket.prototype, 'bind');
      const cache = createBlobCache(() => Promise.reject(new Error('no files')), 1024 * 1024);
      await using plane = await planeWith(cache, { nativeSockets });
      expect(plane.addresses).toHaveLength(1);
      expect(bind).toHaveBeenCalledTimes(sockets);
      bind.mockRestore();
    },
  );

  it('polls for more datagrams before it sleeps, as often as configured', async () => {
    const bind = vi.mocked(bindUdpSocket).mockClear();
    const cache = createBlobCache(() => Promise.reject(new Error('no files')), 1024 * 1024);
    await using plane = await planeWith(cache, { repolls: 7 });
    expect(plane.addresses).toHaveLength(1);
    expect(bind.mock.calls.map(([{ repolls }]) => repolls)).toEqual([7]);
  });

  it('lets sources take turns when one of them requests many menus that must be rendered', async () => {
    const found: string[] = [];
    const cache = createBlobCache(() => Promise.reject(new Error('no files')), 1024 * 1024);
    await using plane = await planeWith(cache, {}, (path) => {
      found.push(path);
      const end = performance.now() + 5;
      while (performance.now() < end) {
        // Renders a menu.
      }
    });
    const { port } = plane.addresses[0]!;
    const flood = await Promise.all(Array.from({ length: 40 }, () => clientAt('127.0.0.2')));
    const other = await clientAt('127.0.0.3');
    for (const [index, client] of flood.entries()) {
      client.send(`\0\u0001many-${index}\0octet\0`, port, '127.0.0.1');
    }
    other.send('\0\u0001other\0octet\0', port, '127.0.0.1');
    await expect.poll(() => found).toHaveLength(41);
    expect(found.indexOf('/other')).toBeLessThan(20);
  });

  it('lets sources take turns reading from disk when one of them reads many files', async () => {
    const reads: { readonly file: string; readonly finish: () => void }[] = [];
    const cache = createBlobCache(
      (file) =>
        Promise.resolve({
          readInto: () => new Promise<void>((finish) => reads.push({ file, finish })),
          close: () => Promise.resolve(),
        }),
      16 * 1024 * 1024,
    );
    await using plane = await planeWith(cache);
    const { port } = plane.addresses[0]!;
    for (let index = 0; index < 40; index++) {
      const client = await clientAt('127.0.0.2');
      client.send(`\0\u0001many-${index}\0octet\0`, port, '127.0.0.1');
    }
    await expect.poll(() => plane.activeTransfers).toBe(40);
    // All turns are taken, and other reads are queued.
    await expect.poll(() => reads).toHaveLength(8);

    const other = await clientAt('127.0.0.3');
    other.send('\0\u0001other\0octet\0', port, '127.0.0.1');
    await expect.poll(() => plane.activeTransfers).toBe(41);
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const { finish } of reads.slice(0, 2)) {
      finish();
    }
    await expect.poll(() => reads.length).toBeGreaterThanOrEqual(10);
    expect(reads.slice(0, 10).map(({ file }) => file)).toContain('/other');
  });
});
