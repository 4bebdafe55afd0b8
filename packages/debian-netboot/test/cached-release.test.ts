import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { contentOf } from '@pxe/local-mirror';

import { type ImageStore } from '../src/index.js';
import {
  afterTest,
  madeUpMirror,
  type MadeUpMirror,
  temporaryStore,
  TRIXIE,
  TRIXIE_2,
} from './support/made-up-mirror.js';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('cached release', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Mirror that sends its InRelease with headers chosen by a test. */
  interface HeaderMirror {
    readonly archive: MadeUpMirror;
    readonly store: ImageStore;
    /** Headers that are sent with the InRelease. */
    headers: Readonly<Record<string, string>>;
    /** Status of the response to a conditional request; undefined to ignore the conditions. */
    whenConditional: number | undefined;
    /** Number of conditional requests for the InRelease. */
    conditional: number;
    sync(): Promise<string>;
  }

  async function headerMirror(headers: Readonly<Record<string, string>>): Promise<HeaderMirror> {
    const archive = await madeUpMirror(TRIXIE);
    const server: Server = createServer({ maxHeaderSize: 8192 }, (request, response) => {
      const answer = async (): Promise<void> => {
        const path = decodeURIComponent(request.url ?? '').slice(1);
        const file = archive.tree.get(path);
        if (file === undefined) {
          response.writeHead(404).end();
          return;
        }
        const isRelease = path.endsWith('InRelease');
        const { 'if-none-match': tag, 'if-modified-since': date } = request.headers;
        if (isRelease && (tag ?? date) !== undefined) {
          mirror.conditional += 1;
          if (mirror.whenConditional !== undefined) {
            response.writeHead(mirror.whenConditional).end();
            return;
          }
        }
        response.writeHead(200, isRelease ? mirror.headers : {}).end(await contentOf(file));
      };
      void answer();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterTest(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const { port } = server.address() as AddressInfo;
    const store = await temporaryStore();
    const mirror: HeaderMirror = {
      archive,
      store,
      headers,
      whenConditional: undefined,
      conditional: 0,
      async sync() {
        const mirrorOptions = { mirrors: [`http://127.0.0.1:${port}`] };
        const { generation } = await archive.sync(store, { mirrorOptions });
        return generation.manifest.targets[0]!.version;
      },
    };
    return mirror;
  }

  describe('cached headers of an InRelease', () => {
    it('are sent with the next request', async () => {
      const mirror = await headerMirror({ ETag: 'W/"a1b2"' });
      await mirror.sync();
      mirror.whenConditional = 304;
      expect(await mirror.sync()).toBe('13.1');
      expect(mirror.conditional).toBe(1);
    });

    it.each([
      ['an ETag that is longer than servers accept', { ETag: `"${'a'.repeat(12_000)}"` }],
      ['a malformed ETag', { ETag: 'a b' }],
      ['a date in the future', { 'Last-Modified': 'Thu, 31 Dec 2099 00:00:00 GMT' }],
      ['a date in another format', { 'Last-Modified': '2026-01-01' }],
    ])('are discarded if they contain %s', async (_what, headers) => {
      const mirror = await headerMirror(headers);
      await mirror.sync();
      await mirror.archive.publish(TRIXIE_2);
      mirror.whenConditional = 304;
      expect(await mirror.sync()).toBe('13.2');
      expect(mirror.conditional).toBe(0);
    });

    it.each([{ ETag: '"a1b2"' }, { 'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }])(
      'are no longer used after a day: %o',
      async (headers) => {
        const mirror = await headerMirror(headers);
        await mirror.sync();
        await mirror.archive.publish(TRIXIE_2);
        mirror.whenConditional = 304;
        expect(await mirror.sync()).toBe('13.1');
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + DAY_MS });
        expect(await mirror.sync()).toBe('13.2');
      },
    );

    it('are left out if a server refuses them', async () => {
      const mirror = await headerMirror({ ETag: '"a1b2"' });
      await mirror.sync();
      await mirror.archive.publish(TRIXIE_2);
      mirror.whenConditional = 400;
      expect(await mirror.sync()).toBe('13.2');
      expect(mirror.conditional).toBe(1);
    });
  });
});
