import { expect, test } from 'vitest';
import { madeUpMirror, temporaryStore, TRIXIE } from './support/made-up-mirror.js';

test('a cold sync of one image asks for its files, and four more', async () => {
  const archive = await madeUpMirror(TRIXIE);
  const store = await temporaryStore();
  const { generation, changed } = await archive.sync(store);
  expect(changed).toBe(true);
  const files = 2 + Object.keys(generation.manifest.efiLoaders[0]?.files ?? {}).length + 2;
  expect(archive.mirror.requests).toHaveLength(files + 4);
});
