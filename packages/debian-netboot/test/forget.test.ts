import { describe, expect, it } from 'vitest';

import { madeUpMirror, temporaryStore, TRIXIE, TRIXIE_2 } from './support/made-up-mirror.js';

describe('forgetting the newest date of a suite', () => {
  it('accepts an older state of the archive, which then counts as committed', async () => {
    const archive = await madeUpMirror(TRIXIE_2);
    const store = await temporaryStore();
    await archive.sync(store);
    await archive.publish(TRIXIE);
    const before = await store.current();
    await archive.sync(store).catch(() => undefined);
    expect((await store.current())?.id).toBe(before?.id);
    expect(await store.forget('trixie')).toEqual(TRIXIE_2.date);
    await archive.sync(store);
    expect((await store.current())?.manifest.targets[0]?.version).not.toBe(TRIXIE_2.version);
    await archive.publish(TRIXIE_2);
    await archive.sync(store);
    expect((await store.current())?.manifest.targets[0]?.version).toBe(TRIXIE_2.version);
    await archive.publish(TRIXIE);
    const newest = await store.current();
    await archive.sync(store).catch(() => undefined);
    expect((await store.current())?.id).toBe(newest?.id);
  });

  it('reports that there is nothing to forget', async () => {
    const store = await temporaryStore();
    expect(await store.forget('trixie')).toBeUndefined();
  });
});
