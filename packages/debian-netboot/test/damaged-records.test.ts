import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { checksumPath } from '../src/files/checked-file.js';
import {
  type ImageStore,
  NetbootError,
  openStore,
  type StoreEvent,
  verifyStore,
} from '../src/index.js';
import {
  madeUpMirror,
  type MadeUpMirror,
  requestsFor,
  temporaryStore,
  TRIXIE,
  TRIXIE_2,
} from './support/made-up-mirror.js';

const IS_DAMAGED = 'ERR_NETBOOT_STORE_DAMAGED';

function checksumOf(content: string): string {
  return `${createHash('sha256').update(content).digest('hex')}\n`;
}

interface TwoGenerations {
  readonly archive: MadeUpMirror;
  readonly store: ImageStore;
  readonly older: string;
  readonly current: string;
}

async function twoGenerations(): Promise<TwoGenerations> {
  const archive = await madeUpMirror(TRIXIE);
  const store = await temporaryStore();
  const { generation: older } = await archive.sync(store);
  await archive.publish(TRIXIE_2);
  const { generation: current } = await archive.sync(store);
  return { archive, store, older: older.id, current: current.id };
}

/** Returns the code of the error that a promise rejects with; undefined if it resolves. */
async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error instanceof NetbootError ? error.code : String(error);
  }
}

/** Returns the positions at which `read` notices neither a changed byte nor a truncation of the file. */
async function unnoticed(path: string, read: () => Promise<unknown>): Promise<string[]> {
  const content = await readFile(path);
  const found: string[] = [];
  // Changed in place and synchronously, since writing the whole file takes longer than reading the store.
  const file = openSync(path, 'r+');
  try {
    for (let position = 0; position < content.length; position += 1) {
      const flipped = content.readUInt8(position) ^ (1 << (position % 8));
      writeSync(file, Buffer.of(flipped), 0, 1, position);
      if ((await codeOf(read())) === undefined) {
        found.push(`flip at ${position}`);
      }
      writeSync(file, content, position, 1, position);
    }
    for (let length = content.length - 1; length >= 0; length -= 1) {
      ftruncateSync(file, length);
      if ((await codeOf(read())) === undefined) {
        found.push(`end at ${length}`);
      }
    }
    writeSync(file, content, 0, content.length, 0);
  } finally {
    closeSync(file);
  }
  // The content is now intact again.
  expect(await codeOf(read())).toBeUndefined();
  return found;
}

// Each test reads a store thousands of times.
describe('a changed byte or a missing end is detected', { timeout: 600_000 }, () => {
  it('everywhere in the manifest', async () => {
    const { store, current } = await twoGenerations();
    const path = join(store.directory, 'generations', current, 'manifest.json');
    expect(await unnoticed(path, () => store.current())).toEqual([]);
  });

  it('everywhere in the evidence', async () => {
    const { store, current } = await twoGenerations();
    const path = join(store.directory, 'generations', current, 'evidence.json');
    expect(await unnoticed(path, () => store.evidence(current))).toEqual([]);
  });

  it('everywhere in the checksums of a generation', async () => {
    const { store, current } = await twoGenerations();
    const path = join(store.directory, 'generations', current, 'SHA256SUMS');
    const read = async (): Promise<void> => {
      await store.current();
      await store.evidence(current);
    };
    expect(await unnoticed(path, read)).toEqual([]);
  });

  it('everywhere in the record of the current generation', async () => {
    const { store } = await twoGenerations();
    const path = join(store.directory, 'current');
    expect(await unnoticed(path, () => store.current())).toEqual([]);
  });
});

describe('the record of the newest releases', () => {
  it.each(['freshness.json', 'freshness.json.sha256'])(
    'is rebuilt wherever a byte of %s has changed, and no older one is accepted',
    async (name) => {
      const { archive, store } = await twoGenerations();
      const path = join(store.directory, name);
      const content = await readFile(path);
      await using update = await store.beginUpdate();
      for (let position = 0; position < content.length; position += 1) {
        const flipped = Buffer.from(content);
        flipped.writeUInt8(flipped.readUInt8(position) ^ 1, position);
        await writeFile(path, flipped);
        expect((await update.freshness()).committed).toEqual({ trixie: TRIXIE_2.date });
        expect(await readFile(join(store.directory, 'freshness.json'), 'utf8')).toContain(
          '2026-02',
        );
        await writeFile(path, content);
      }
      await writeFile(path, 'x');
      await update.close();
      await archive.publish(TRIXIE);
      expect(await codeOf(archive.sync(store))).toBe('ERR_NETBOOT_RELEASE_WENT_BACK');
    },
  );

  it('of an earlier version of this package is accepted without a checksum', async () => {
    const { archive, store } = await twoGenerations();
    await rm(join(store.directory, 'freshness.json.sha256'));
    expect((await archive.sync(store)).outcome).toBe('unchanged');
  });
});

describe('content that a rollback rejected', () => {
  it.each(['held', 'held.sha256'])('stays rejected when %s is damaged', async (name) => {
    const { archive, store, older } = await twoGenerations();
    await store.rollback();
    const path = join(store.directory, name);
    const content = await readFile(path, 'latin1');
    await writeFile(path, (content.startsWith('0') ? '1' : '0') + content.slice(1));
    expect((await archive.sync(store)).outcome).toBe('rejected');
    expect((await store.current())?.id).toBe(older);
    expect((await archive.sync(store)).outcome).toBe('rejected');
  });
});

describe('a store with a damaged current generation', () => {
  const damages: readonly [string, (store: ImageStore, id: string) => Promise<void>][] = [
    [
      'whose manifest has one digit changed',
      async (store, id) => {
        const path = join(store.directory, 'generations', id, 'manifest.json');
        const text = await readFile(path, 'utf8');
        await writeFile(path, text.replace('"size": 6', '"size": 7'));
      },
    ],
    [
      'whose name is cut short',
      (store, id) => writeFile(join(store.directory, 'current'), id.slice(0, 10)),
    ],
    [
      'whose directory is gone',
      (store, id) => rm(join(store.directory, 'generations', id), { recursive: true }),
    ],
  ];

  it.each(damages)(
    '%s serves an intact one and gives the reason, until a sync repairs it',
    async (_what, damage) => {
      const { archive, store, current } = await twoGenerations();
      await damage(store, current);
      const servable = await store.servable();
      expect(servable?.damage).toBeInstanceOf(NetbootError);
      expect(await codeOf(store.check(servable!.generation, { isUrgent: true }))).toBeUndefined();
      archive.mirror.requests.splice(0);
      const { generation } = await archive.sync(store);
      expect(requestsFor(archive, /linux|initrd/)).toBe(0);
      expect(await store.servable()).toEqual({ generation });
      const [report] = await verifyStore({ store, trust: { keyring: archive.keyring } });
      expect(report?.problems).toEqual([]);
    },
  );

  it('serves the newest generation before it', async () => {
    const { store, older, current } = await twoGenerations();
    await writeFile(join(store.directory, 'generations', current, 'manifest.json'), '{}');
    expect((await store.servable())?.generation.id).toBe(older);
  });

  it('serves nothing if no generation is intact', async () => {
    const { store, older, current } = await twoGenerations();
    for (const id of [older, current]) {
      await writeFile(join(store.directory, 'generations', id, 'manifest.json'), '{}');
    }
    expect(await codeOf(store.servable())).toBe(IS_DAMAGED);
  });

  it('can be rolled back to a named generation', async () => {
    const { store, older } = await twoGenerations();
    await writeFile(join(store.directory, 'current'), 'x');
    expect((await store.rollback(older)).id).toBe(older);
    expect((await store.current())?.id).toBe(older);
  });

  it('skips a generation that a rollback rejected', async () => {
    const { store, older } = await twoGenerations();
    await store.rollback();
    await writeFile(join(store.directory, 'current'), '');
    expect((await store.servable())?.generation.id).toBe(older);
  });
});

describe('a store written by an earlier version of this package', () => {
  it('can be opened, verified and synced, although its generations have no checksums', async () => {
    const { archive, store, older, current } = await twoGenerations();
    for (const id of [older, current]) {
      await rm(join(store.directory, 'generations', id, 'SHA256SUMS'));
    }
    await rm(join(store.directory, 'freshness.json.sha256'));
    const opened = await openStore(store.directory);
    expect(await opened.servable()).toMatchObject({ generation: { id: current } });
    expect((await archive.sync(opened)).outcome).toBe('unchanged');
    const reports = await verifyStore({ store: opened, trust: { keyring: archive.keyring } });
    expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
  });
});

describe('the version of a store', () => {
  it.each([
    ...Array.from({ length: 16 }, (_, bit): [string, string] => {
      const bytes = Buffer.from('4\n');
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      return [`has bit ${bit} changed`, bytes.toString('latin1')];
    }).filter(([, text]) => !['1', '2', '3', '4'].includes(text.trim())),
    ['has lost its digit', '\x12\n'],
    ['is empty', ''],
    ['is nought', '0\n'],
    ['is lost', undefined],
  ])('that %s is derived from its generations and rewritten', async (_what, damage) => {
    const { archive, store, current } = await twoGenerations();
    const format = join(store.directory, 'format');
    await (damage === undefined ? rm(format) : writeFile(format, damage, 'latin1'));
    const reader = await openStore(store.directory, { readOnly: true });
    expect((await reader.current())?.id).toBe(current);
    const events: StoreEvent[] = [];
    const opened = await openStore(store.directory, { onEvent: (event) => events.push(event) });
    expect(await readFile(format, 'utf8')).toBe('4\n');
    expect(events).toEqual(
      damage === undefined
        ? []
        : [
            {
              type: 'formatDamaged',
              path: format,
              found: JSON.stringify(damage.trim()),
              isRepaired: true,
            },
          ],
    );
    expect((await opened.current())?.id).toBe(current);
    expect((await archive.sync(opened)).outcome).toBe('unchanged');
  });

  it('must be restored by the user if there is no generation', async () => {
    const store = await temporaryStore();
    await writeFile(join(store.directory, 'format'), '\0\n');
    await expect(openStore(store.directory)).rejects.toMatchObject({
      code: IS_DAMAGED,
      hint: 'write 4 into the file; the rest of the store is kept',
    });
  });

  it('is not mistaken for damage if it is newer', async () => {
    for (const checksum of [checksumOf('5\n'), undefined]) {
      const { store } = await twoGenerations();
      const format = join(store.directory, 'format');
      await writeFile(format, '5\n');
      await (checksum === undefined
        ? rm(checksumPath(format))
        : writeFile(checksumPath(format), checksum));
      await expect(openStore(store.directory)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_STORE_TOO_NEW',
      });
    }
  });

  it('gets a checksum at the next sync if it has none', async () => {
    const { archive, store } = await twoGenerations();
    const format = join(store.directory, 'format');
    await rm(checksumPath(format));
    await archive.sync(await openStore(store.directory));
    expect(await readFile(checksumPath(format), 'utf8')).toBe(checksumOf('4\n'));
  });

  it('must be restored by hand if there is no generation and no matching checksum', async () => {
    const store = await temporaryStore();
    const format = join(store.directory, 'format');
    await writeFile(format, '5\n');
    await expect(openStore(store.directory)).rejects.toMatchObject({ code: IS_DAMAGED });
    await writeFile(format, '2');
    await expect(openStore(store.directory)).resolves.toBeDefined();
  });
});
