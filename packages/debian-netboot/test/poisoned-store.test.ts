import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { readKey } from 'openpgp';
import { describe, expect, it } from 'vitest';

import { type ImageStore, verifyStore } from '../src/index.js';
import { readSignedText } from '../src/trust/clear-sign-envelope.js';
import {
  BOOKWORM,
  BOOKWORM_TEXT,
  madeUpMirror,
  recordEvents,
  temporaryStore,
  testKey,
  TRIXIE,
  TRIXIE_2,
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';
import { clearSigned, ownSignatures } from './support/signature-packets.js';

const sha256Of = (content: Uint8Array | string): string =>
  createHash('sha256').update(content).digest('hex');

/**
 * Turns the current generation into one that an earlier version accepted from an attacker: the same
 * InRelease, with a certification of the key instead of a signature.
 */
async function poison(store: ImageStore): Promise<string> {
  const { id } = (await store.current())!;
  const key = await readKey({ armoredKey: (await testKey()).publicKey });
  const certification = ownSignatures(key.toPublic()).find(({ type }) => type === 0x13)!;
  const directory = join(store.directory, 'generations', id);
  let evidence = readFileSync(join(directory, 'evidence.json'), 'utf8');
  for (const { inRelease } of (await store.evidence(id)).installers) {
    const text = readSignedText(readFileSync(store.blobPath(inRelease.sha256)));
    const forged = clearSigned(text, [certification.packet]);
    const path = store.blobPath(sha256Of(forged));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, forged);
    evidence = evidence.replaceAll(
      new RegExp(`"${inRelease.sha256}",\\s+"size": ${inRelease.size}`, 'g'),
      `"${sha256Of(forged)}", "size": ${forged.length}`,
    );
  }
  writeFileSync(join(directory, 'evidence.json'), evidence);
  const manifest = readFileSync(join(directory, 'manifest.json'));
  const lines = [
    `${sha256Of(manifest)}  manifest.json`,
    `${sha256Of(evidence)}  evidence.json`,
    '',
  ];
  writeFileSync(join(directory, 'SHA256SUMS'), lines.join('\n'));
  return id;
}

describe('a generation that an earlier version accepted from an attacker', () => {
  it('is reported when the store is verified, with a hint that works', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    await archive.sync(store);
    await poison(store);
    const { keyring } = archive;
    const [report] = await verifyStore({ store, trust: { keyring } });
    expect(report?.problems[0]?.error).toMatchObject({
      code: 'ERR_NETBOOT_BAD_SIGNATURE',
      message: expect.stringMatching(/^the InRelease stored for trixie is not signed: /) as string,
      hint: 'sync again: the files that it vouches for are dropped and fetched again',
    });
    const { generation } = await archive.sync(store);
    const reports = await verifyStore({ store, trust: { keyring } });
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ id: generation.id, problems: [] });
  });

  it('is dropped by the next sync, and its date does not make the archive look out of date', async () => {
    const archive = await madeUpMirror(TRIXIE_2);
    const store = await temporaryStore();
    await archive.sync(store);
    const poisoned = await poison(store);
    await archive.publish(TRIXIE);
    const { events, onEvent } = recordEvents();
    const { generation, changed } = await archive.sync(store, { onEvent });
    expect(changed).toBe(true);
    expect(generation.manifest.targets[0]?.version).toBe('13.1');
    expect(events.filter(({ type }) => type === 'generationDropped')).toMatchObject([
      { id: poisoned, error: { code: 'ERR_NETBOOT_BAD_SIGNATURE' } },
    ]);
    expect(events.some(({ type }) => type === 'releaseOlderThanSeen')).toBe(false);
    expect((await store.generations()).map(({ id }) => id)).toEqual([generation.id]);
  });

  it('is dropped even if nothing can be fetched: an earlier generation or nothing is served', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const { generation: first } = await archive.sync(store);
    await archive.publish(TRIXIE_2);
    await archive.sync(store);
    await poison(store);
    await archive.mirror.close();
    await expect(archive.sync(store)).rejects.toMatchObject({ code: 'ERR_NETBOOT_UNREACHABLE' });
    expect((await store.servable())?.generation.id).toBe(first.id);
    await poison(store);
    await expect(archive.sync(store)).rejects.toMatchObject({ code: 'ERR_NETBOOT_UNREACHABLE' });
    expect(await store.servable()).toBeUndefined();
  });

  it('does not pass its images on to the next generation', async () => {
    const archive = await madeUpMirror(TRIXIE, BOOKWORM);
    const store = await temporaryStore();
    const images = [TRIXIE_TEXT, BOOKWORM_TEXT];
    await archive.sync(store, { images });
    await poison(store);
    archive.tree.delete('dists/bookworm/InRelease');
    const { generation, missing } = await archive.sync(store, { images });
    expect(generation.manifest.targets.map(({ suite }) => suite)).toEqual(['trixie']);
    expect(missing).toHaveLength(1);
  });

  it('is not suspected because of a damaged file or a key that is no longer trusted', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const { generation } = await archive.sync(store);
    await archive.mirror.close();
    const { events, onEvent } = recordEvents();
    const trust = { keyring: { keys: [] } };
    await expect(archive.sync(store, { trust, onEvent })).rejects.toThrow();
    const [installer] = (await store.evidence(generation.id)).installers;
    writeFileSync(store.blobPath(installer!.inRelease.sha256), 'damaged');
    await expect(archive.sync(store, { onEvent })).rejects.toThrow();
    expect(events.some(({ type }) => type === 'generationDropped')).toBe(false);
    expect((await store.current())?.id).toBe(generation.id);
  });
});
