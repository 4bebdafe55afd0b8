import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { type ImageSource, openStore } from '@pxe/debian-netboot';

import { type ImageEvents } from '../log/image-events.js';
import { createImageService } from './image-service.js';

const silent: ImageEvents = {
  imagesReady: () => undefined,
  imagesMissing: () => undefined,
  storeUnreadable: () => undefined,
  storeReadOnly: () => undefined,
  fallbackServed: () => undefined,
  storeEvent: () => undefined,
  pruned: () => undefined,
  pruneFailed: () => undefined,
  checkUnrecorded: () => undefined,
  syncFailed: () => undefined,
  syncElsewhere: () => undefined,
  syncStarted: () => undefined,
  fetchProgressed: () => undefined,
  syncFinished: () => undefined,
  syncProgress: () => undefined,
};

/** Source that is just fast enough not to time out. */
const endless: ImageSource = {
  name: 'an endless mirror',
  kind: 'endless',
  open: ({ signal }) =>
    new Promise((_resolve, reject) => {
      const end = (): void => {
        reject(signal.reason as Error);
      };
      // On a busy machine, the time may be up before the source is opened.
      if (signal.aborted) {
        end();
      }
      signal.addEventListener('abort', end);
    }),
};

describe('image service', () => {
  it('stops a sync that is too slow, and reports why', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pxeboot-images-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const store = await openStore(join(directory, 'store'));
    const failure = await new Promise((resolve) => {
      const service = createImageService({
        store,
        settings: () => ({
          source: endless,
          images: [{ suite: 'trixie', arch: 'amd64', variants: ['text'] }],
          trust: {},
          daily: {},
          interval: 3_600_000,
          jitter: 0,
          settle: 0,
        }),
        longestSync: 50,
        events: { ...silent, syncFailed: resolve },
        onGeneration: () => undefined,
        onOthers: () => undefined,
      });
      onTestFinished(() => service.stop());
      service.start();
    });
    expect(failure).toMatchObject({
      code: 'ERR_NETBOOT_NETWORK',
      message: expect.stringContaining('an endless mirror was too slow') as string,
    });
  });
});
