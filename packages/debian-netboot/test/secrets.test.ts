import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { describe, expect, it, vi } from 'vitest';

import { type FaultRule } from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import { aptSource, exportBundle, mirrorSource, syncImages } from '../src/index.js';
import {
  afterTest,
  madeUpMirror,
  type MadeUpMirror,
  QUICK,
  recordEvents,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';
import { webProxy } from './support/web-proxy.js';

const SECRET = 'hush';

/** Returns an error in the form that the most verbose logger would write. */
async function everythingAbout(failing: Promise<unknown>): Promise<string> {
  const error = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_NETBOOT_/) as string });
  return inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
}

/** Returns the files below a directory that contain the secret. */
async function filesWithSecret(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(directory, { recursive: true })) {
    const path = join(directory, name);
    if (!(await stat(path)).isFile()) {
      continue;
    }
    if (name.includes(SECRET) || (await readFile(path)).includes(SECRET)) {
      found.push(name);
    }
  }
  return found;
}

function withPassword(archive: MadeUpMirror): string[] {
  return [archive.mirror.url.replace('http://', `http://me:${SECRET}@`)];
}

function stubEnvironment(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    vi.stubEnv(name, value);
  }
  afterTest(() => Promise.resolve(vi.unstubAllEnvs()));
}

describe('the password of a mirror', () => {
  it('does not appear in reports, the store or exports of a sync', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const { events, onEvent } = recordEvents();
    const mirrorOptions = { mirrors: withPassword(archive) };
    await archive.sync(store, { mirrorOptions, onEvent });
    expect(archive.mirror.requests.every(({ headers }) => headers.authorization)).toBe(true);
    expect(events.length).toBeGreaterThan(10);
    expect(inspect(events, { depth: 20 })).not.toContain(SECRET);
    expect(await filesWithSecret(store.directory)).toEqual([]);
    const directory = await temporaryDirectory();
    await exportBundle({ store, path: join(directory, 'bundle.tar') });
    expect(await filesWithSecret(directory)).toEqual([]);
  });

  it.each<[string, FaultRule['fault']]>([
    ['requires another password', { kind: 'status', status: 401 }],
    ['lacks a required file', { kind: 'status', status: 404 }],
    ['fails', { kind: 'status', status: 500 }],
    ['sends wrong content', { kind: 'replace', content: 'else' }],
    ['breaks off', { kind: 'disconnect', afterBytes: 5 }],
    ['says nothing', { kind: 'reset' }],
    ['redirects to a file', { kind: 'redirect', location: `file://me:${SECRET}@host/x` }],
    [
      'redirects to an unreachable server',
      { kind: 'redirect', location: `http://me:${SECRET}@127.0.0.1:9/x` },
    ],
  ])('is not shown if the mirror %s', async (_what, fault) => {
    const archive = await madeUpMirror(TRIXIE);
    archive.mirror.faults = [{ path: /./, fault }];
    const sync = archive.sync(await temporaryStore(), {
      mirrorOptions: { retries: 0, mirrors: withPassword(archive) },
    });
    expect(await everythingAbout(sync)).not.toContain(SECRET);
  });

  it.each([
    `ftp://me:${SECRET}@x/`,
    `http://me:${SECRET}@x:port/`,
    `http://me:${SECRET}%@x/`,
    `http://me:a/b@${SECRET}@:0x`,
    `me:${SECRET}@x`,
    `http://me:${SECRET}@x/?query`,
  ])('is not shown if %j is refused', (url) => {
    const refusal = Promise.resolve().then(() => mirrorSource({ mirrors: [url] }));
    return expect(everythingAbout(refusal)).resolves.not.toContain(SECRET);
  });

  it.skipIf(lacks('apt-get'))('is not shown or left behind when apt uses it', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const [mirror = ''] = withPassword(archive);
    const store = await temporaryStore();
    const { events, onEvent } = recordEvents();
    const images = [TRIXIE_TEXT];
    const trust = { keyring: archive.keyring };
    await syncImages({ store, source: aptSource({ mirror }), images, trust, onEvent });
    expect(archive.mirror.requests.some(({ headers }) => headers.authorization)).toBe(true);
    expect(inspect(events, { depth: 20 })).not.toContain(SECRET);
    expect(await filesWithSecret(store.directory)).toEqual([]);
    archive.mirror.faults = [{ path: /./, fault: { kind: 'status', status: 403 } }];
    const other = await temporaryStore();
    const sync = syncImages({ store: other, source: aptSource({ mirror }), images, trust });
    expect(await everythingAbout(sync)).not.toContain(SECRET);
    expect(await filesWithSecret(other.directory)).toEqual([]);
  });
});

describe('a proxy from the environment', () => {
  it('gets every request, with its password', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const proxy = await webProxy(`me:${SECRET}`);
    stubEnvironment({ http_proxy: `http://me:${SECRET}@${proxy.host}`, no_proxy: '' });
    const store = await temporaryStore();
    const { events, onEvent } = recordEvents();
    await archive.sync(store, { onEvent });
    expect(proxy.urls).toHaveLength(archive.mirror.requests.length);
    expect(proxy.urls.every((url) => url.startsWith(`${archive.mirror.url}/`))).toBe(true);
    expect(proxy.tunnels).toEqual([]);
    expect(inspect(events, { depth: 20 })).not.toContain(SECRET);
    expect(await filesWithSecret(store.directory)).toEqual([]);
  });

  it('is bypassed for hosts in no_proxy', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const proxy = await webProxy();
    stubEnvironment({ http_proxy: `http://${proxy.host}`, no_proxy: '127.0.0.1' });
    await archive.sync(await temporaryStore());
    expect(proxy.urls).toEqual([]);
  });

  it('gets a tunnel request for an https mirror', async () => {
    const proxy = await webProxy();
    stubEnvironment({ https_proxy: `http://me:${SECRET}@${proxy.host}`, no_proxy: '' });
    const source = mirrorSource({ ...QUICK, mirrors: ['https://mirror.invalid/debian'] });
    const sync = syncImages({ store: await temporaryStore(), source, images: [TRIXIE_TEXT] });
    expect(await everythingAbout(sync)).not.toContain(SECRET);
    expect(new Set(proxy.tunnels)).toEqual(new Set(['mirror.invalid:443']));
  });

  it.each([
    ['that refuses the password', (host: string) => `http://me:wrong-${SECRET}@${host}`],
    ['that is unreachable', () => `http://me:${SECRET}@127.0.0.1:9`],
    ['that is not a URL', () => `http://me:${SECRET}@ho st`],
    ['whose password is not escaped', () => `http://me:${SECRET}%@127.0.0.1:9`],
    ['of an unknown kind', () => `gopher://me:${SECRET}@127.0.0.1:9`],
  ])('is refused without showing the password: %s', async (_what, urlOf) => {
    const archive = await madeUpMirror(TRIXIE);
    const proxy = await webProxy('me:right');
    stubEnvironment({ http_proxy: urlOf(proxy.host), no_proxy: '' });
    const sync = archive.sync(await temporaryStore(), { mirrorOptions: { retries: 0 } });
    expect(await everythingAbout(sync)).not.toContain(SECRET);
    expect(archive.mirror.requests).toEqual([]);
  });
});
