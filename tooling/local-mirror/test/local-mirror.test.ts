import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import {
  addMadeUpSuite,
  contentOf,
  createSigningKey,
  type MirrorTree,
  type RunningMirror,
  serveMirror,
} from '../src/index.js';

async function runningMirror(): Promise<RunningMirror> {
  const tree: MirrorTree = new Map();
  await addMadeUpSuite(tree, { codename: 'trixie' }, await createSigningKey());
  return serveMirror(tree);
}

const SUMS = 'dists/trixie/main/installer-amd64/current/images/SHA256SUMS';

describe('local mirror', () => {
  it('every index exists under its hash, and every file of SHA256SUMS has the right content', async () => {
    const mirror = await runningMirror();
    const release = (await contentOf(mirror.tree.get('dists/trixie/InRelease')!)).toString();
    const listed = [...release.matchAll(/^ ([0-9a-f]{64}) +\d+ (\S+)$/gm)];
    expect(listed.length).toBeGreaterThanOrEqual(6);
    for (const [, hash = '', path = ''] of listed) {
      const folder = path.slice(0, path.lastIndexOf('/'));
      const response = await fetch(`${mirror.url}/dists/trixie/${folder}/by-hash/SHA256/${hash}`);
      const content = Buffer.from(await response.arrayBuffer());
      expect(createHash('sha256').update(content).digest('hex')).toBe(hash);
    }
    const sums = (await contentOf(mirror.tree.get(SUMS)!)).toString();
    for (const [, hash = '', path = ''] of sums.matchAll(/^([0-9a-f]{64}) {2}\.\/(.+)$/gm)) {
      const content = await contentOf(mirror.tree.get(SUMS.replace('SHA256SUMS', path))!);
      expect(createHash('sha256').update(content).digest('hex'), path).toBe(hash);
    }
    await mirror.close();
  });

  it('the same synthetic suite is generated identically twice', async () => {
    const first = await runningMirror();
    const second = await runningMirror();
    expect([...first.tree.keys()]).toEqual([...second.tree.keys()]);
    for (const [path, file] of first.tree) {
      if (path.endsWith('InRelease')) {
        continue;
      }
      expect((await contentOf(file)).equals(await contentOf(second.tree.get(path)!)), path).toBe(
        true,
      );
    }
    await first.close();
    await second.close();
  });

  it('requests are answered as a web server would, and recorded', async () => {
    const mirror = await runningMirror();
    const url = `${mirror.url}/${SUMS}`;
    const whole = await fetch(url);
    const text = await whole.text();
    const etag = whole.headers.get('etag')!;
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const part = await fetch(url, { headers: { range: 'bytes=10-' } });
    expect([part.status, await part.text()]).toEqual([206, text.slice(10)]);
    expect((await fetch(url, { headers: { range: 'bytes=999999-' } })).status).toBe(416);
    expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe(
      String(text.length),
    );
    expect((await fetch(`${mirror.url}/nothing`)).status).toBe(404);
    expect(mirror.requests.map(({ method, status }) => `${method} ${status}`)).toEqual([
      'GET 200',
      'GET 304',
      'GET 206',
      'GET 416',
      'HEAD 200',
      'GET 404',
    ]);
    await mirror.close();
  });

  it('faults apply to matching requests, up to their count', async () => {
    const mirror = await runningMirror();
    const url = `${mirror.url}/${SUMS}`;
    const right = await (await fetch(url)).text();
    mirror.faults = [
      { path: /SHA256SUMS/, fault: { kind: 'status', status: 503 }, times: 1 },
      { path: /SHA256SUMS/, fault: { kind: 'flip', atByte: 0 }, times: 1 },
      { path: /SHA256SUMS/, fault: { kind: 'truncate', toBytes: 5 }, times: 1 },
      { path: /SHA256SUMS/, fault: { kind: 'append', bytes: 5 }, times: 1 },
      { path: /SHA256SUMS/, fault: { kind: 'replace', content: 'other' }, times: 1 },
      { path: /SHA256SUMS/, fault: { kind: 'disconnect', afterBytes: 5 }, times: 1 },
      { path: /SHA256SUMS/, fault: { kind: 'reset' }, times: 1 },
    ];
    expect((await fetch(url)).status).toBe(503);
    expect((await (await fetch(url)).text()).slice(1)).toBe(right.slice(1));
    expect(await (await fetch(url)).text()).toBe(right.slice(0, 5));
    expect(await (await fetch(url)).text()).toHaveLength(right.length + 5);
    expect(await (await fetch(url)).text()).toBe('other');
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
    await expect(fetch(url)).rejects.toThrow();
    expect(await (await fetch(url)).text()).toBe(right);
    await mirror.close();
  });

  it('a file can be surrounded by other content, or replaced by another one', async () => {
    const mirror = await runningMirror();
    const url = `${mirror.url}/${SUMS}`;
    const right = await (await fetch(url)).text();
    const other = await (await fetch(`${mirror.url}/dists/trixie/InRelease`)).text();
    const path = 'dists/trixie/InRelease';
    mirror.faults = [
      { path: /SHA256SUMS/, fault: { kind: 'surround', before: 'a', after: 'b' }, times: 1 },
      { path: /SHA256SUMS/, fault: { kind: 'concatenate', path }, times: 1 },
      { path: /SHA256SUMS/, fault: { kind: 'otherFile', path }, times: 1 },
    ];
    expect(await (await fetch(url)).text()).toBe(`a${right}b`);
    expect(await (await fetch(url)).text()).toBe(`${right}${other}`);
    expect(await (await fetch(url)).text()).toBe(other);
    expect(await (await fetch(url)).text()).toBe(right);
    await mirror.close();
  });

  it('an answer can be slow or endless', async () => {
    const mirror = await runningMirror();
    const url = `${mirror.url}/${SUMS}`;
    const { length } = await (await fetch(url)).text();
    mirror.faults = [
      { path: /SHA256SUMS/, fault: { kind: 'slow', bytesPerSecond: length * 2 }, times: 1 },
      { path: /SHA256SUMS/, fault: { kind: 'endless', status: 404 }, times: 1 },
    ];
    const start = performance.now();
    expect(await (await fetch(url)).text()).toHaveLength(length);
    expect(performance.now() - start).toBeGreaterThan(400);
    const endless = await fetch(url);
    expect(endless.status).toBe(404);
    let received = 0;
    for await (const piece of endless.body!) {
      received += (piece as Uint8Array).length;
      if (received > 1_000_000) {
        break;
      }
    }
    expect(received).toBeGreaterThan(1_000_000);
    await mirror.close();
  });
});
