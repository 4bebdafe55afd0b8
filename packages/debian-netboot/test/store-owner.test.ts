import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { lacksRoot } from '@pxe/test-host';

import { aptSource, openStore, syncImages } from '../src/index.js';
import { expectOwn } from '../src/store/store-owner.js';
import { madeUpMirror, temporaryDirectory, TRIXIE, TRIXIE_TEXT } from './support/made-up-mirror.js';

const SERVICE = 65534;
const NOT_OWNED = { code: 'ERR_NETBOOT_STORE_NOT_OWNED', hint: expect.any(String) as string };
const IS_ROOT = process.geteuid?.() === 0;

describe('expectOwn', () => {
  it("refuses another user's directory to root, and to no one else", async () => {
    const path = await temporaryDirectory();
    // If the tests run as root, their files belong to root.
    if (IS_ROOT) {
      chownSync(path, SERVICE, SERVICE);
    }
    await expect(expectOwn(path, 0)).rejects.toMatchObject(NOT_OWNED);
    await expect(expectOwn(path, 1000)).resolves.toBeUndefined();
    await expect(expectOwn(join(path, 'missing'), 0)).resolves.toBeUndefined();
  });

  it.skipIf(lacksRoot())(
    "accepts root's own with any group, but not if anyone may write to it",
    async () => {
      const path = await temporaryDirectory();
      for (const mode of [0o755, 0o700, 0o2775, 0o1777]) {
        chmodSync(path, mode);
        await expect(expectOwn(path, 0)).resolves.toBeUndefined();
      }
      chmodSync(path, 0o777);
      await expect(expectOwn(path, 0)).rejects.toMatchObject({
        ...NOT_OWNED,
        hint: `run "chmod o-w ${path}"`,
      });
      // Container volumes look like this.
      await expect(expectOwn(path, SERVICE)).resolves.toBeUndefined();
    },
  );
});

describe('a store that root works in', () => {
  it
    .skipIf(lacksRoot())
    .each(['', 'partial', 'tmp', 'work', 'blobs', 'generations', 'format', 'lease'])(
    'is refused and left unchanged if %j belongs to the service account',
    async (name) => {
      const directory = join(await temporaryDirectory(), 'store');
      await openStore(directory);
      const path = join(directory, name);
      if (!existsSync(path)) {
        writeFileSync(path, '');
      }
      chownSync(path, SERVICE, SERVICE);
      const before = readdirSync(directory, { recursive: true });
      await expect(openStore(directory)).rejects.toMatchObject({
        ...NOT_OWNED,
        message: `${path} belongs to user ${SERVICE}, who could redirect root's writes`,
        hint: `run it as that user ("sudo -u '#${SERVICE}' ..."), or give the whole store to root`,
      });
      expect(readdirSync(directory, { recursive: true })).toEqual(before);
      await expect(openStore(directory, { readOnly: true })).resolves.toBeDefined();
    },
  );

  it.skipIf(lacksRoot())('is checked again when an update begins', async () => {
    const directory = join(await temporaryDirectory(), 'store');
    const store = await openStore(directory);
    chownSync(join(directory, 'partial'), SERVICE, SERVICE);
    await expect(store.beginUpdate()).rejects.toMatchObject(NOT_OWNED);
  });

  it.skipIf(lacksRoot())('configures apt only with newly created files', async () => {
    const { keyring, mirror } = await madeUpMirror(TRIXIE);
    const directory = join(await temporaryDirectory(), 'store');
    const store = await openStore(directory);
    const work = join(directory, 'work', 'apt');
    mkdirSync(work);
    const seen = join(directory, 'seen');
    writeFileSync(seen, '');
    // apt does not read the file that earlier versions wrote.
    writeFileSync(join(work, 'apt.conf'), `APT::Update::Pre-Invoke { "echo bad >${seen}"; };`);
    chownSync(join(work, 'apt.conf'), SERVICE, SERVICE);
    const aptGet = join(await temporaryDirectory(), 'apt-get');
    writeFileSync(
      aptGet,
      `#!/bin/sh\nstat -c '%u %a %n' "$3" "$(dirname "$3")" >>${seen}\nexit 100\n`,
    );
    chmodSync(aptGet, 0o755);
    const source = aptSource({ aptGet, mirror: mirror.url });
    const sync = (): Promise<unknown> =>
      syncImages({ store, source, images: [TRIXIE_TEXT], trust: { keyring } });
    await expect(sync()).rejects.toMatchObject({ code: 'ERR_NETBOOT_APT_FAILED' });
    const [file, session] = readFileSync(seen, 'utf8').trim().split('\n');
    expect(file).toMatch(/^0 644 .*\/work\/apt\/session-\w{6}\/apt\.conf$/);
    expect(session).toMatch(/^0 700 .*\/session-\w{6}$/);
    expect(readdirSync(work).filter((name) => name.startsWith('session-'))).toEqual([]);
    chownSync(work, SERVICE, SERVICE);
    await expect(sync()).rejects.toMatchObject(NOT_OWNED);
  });
});
