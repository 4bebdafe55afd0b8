import { describe, expect, it } from 'vitest';

import { NetbootError } from '../src/errors.js';
import { fallbackSource, type ImageSource, mirrorSource, syncImages } from '../src/index.js';
import {
  madeUpMirror,
  QUICK,
  recordEvents,
  temporaryStore,
  TRIXIE,
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';

/** Mirror at a port where nothing listens. */
const nowhere = mirrorSource({ ...QUICK, mirrors: ['http://127.0.0.1:9/debian'] });

/** Returns a source that cannot be opened. */
function closedSource(error: NetbootError): ImageSource {
  return { name: 'closed', kind: 'closed', open: () => Promise.reject(error) };
}

describe('fallback source', () => {
  describe('a second source is used', () => {
    it('if the first is unreachable', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const second = mirrorSource({ ...QUICK, mirrors: [archive.mirror.url] });
      const { events, onEvent } = recordEvents();
      await syncImages({
        store: await temporaryStore(),
        source: fallbackSource(nowhere, second),
        images: [TRIXIE_TEXT],
        trust: { keyring: archive.keyring },
        onEvent,
      });
      expect(events[0]).toMatchObject({
        type: 'sourceFellBack',
        from: nowhere.name,
        to: second.name,
        error: { code: 'ERR_NETBOOT_UNREACHABLE' },
      });
    });
  });

  describe('a second source is not used', () => {
    it.each([
      ['refuses', { kind: 'status', status: 403 } as const, 'FORBIDDEN'],
      ['has nothing', { kind: 'status', status: 404 } as const, 'FILE_NOT_FOUND'],
      ['fails a check', { kind: 'flip', atByte: 100 } as const, 'BAD_SIGNATURE'],
    ])('if the first %s', async (_what, fault, code) => {
      const archive = await madeUpMirror(TRIXIE);
      archive.mirror.faults = [{ path: /InRelease/, fault }];
      const first = mirrorSource({ ...QUICK, mirrors: [archive.mirror.url] });
      await expect(
        syncImages({
          store: await temporaryStore(),
          source: fallbackSource(first, closedSource(new NetbootError('ERR_NETBOOT_IO', 'used'))),
          images: [TRIXIE_TEXT],
          trust: { keyring: archive.keyring },
        }),
      ).rejects.toMatchObject({ code: `ERR_NETBOOT_${code}` });
    });
  });

  it('names the failures of both', async () => {
    const source = fallbackSource(
      nowhere,
      closedSource(
        new NetbootError('ERR_NETBOOT_APT_FAILED', 'apt-get failed', { hint: 'ask apt' }),
      ),
    );
    await expect(
      syncImages({ store: await temporaryStore(), source, images: [TRIXIE_TEXT] }),
    ).rejects.toMatchObject({
      message: 'cannot connect to 127.0.0.1:9 (ECONNREFUSED); then closed: apt-get failed',
      hint: expect.stringMatching(/the network.*; or ask apt$/) as string,
    });
  });

  it('reports only a failure of this host', async () => {
    const full = new NetbootError('ERR_NETBOOT_NO_SPACE', 'the disk is full');
    const source = fallbackSource(nowhere, closedSource(full));
    await expect(
      syncImages({ store: await temporaryStore(), source, images: [TRIXIE_TEXT] }),
    ).rejects.toBe(full);
  });

  it.each([
    [
      'reports the mirror if apt is not installed',
      'ERR_NETBOOT_APT_MISSING',
      'ERR_NETBOOT_UNREACHABLE',
    ],
    [
      'reports the failure of an apt that is installed',
      'ERR_NETBOOT_APT_FAILED',
      'ERR_NETBOOT_APT_FAILED',
    ],
  ] as const)('%s', async (_what, second, reported) => {
    const source = fallbackSource(nowhere, closedSource(new NetbootError(second, 'second')));
    await expect(
      syncImages({ store: await temporaryStore(), source, images: [TRIXIE_TEXT] }),
    ).rejects.toMatchObject({ code: reported });
  });
});
