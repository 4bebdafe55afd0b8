import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  addMadeUpSuite,
  createSigningKey,
  kernelImage,
  memoryFile,
  type MirrorTree,
  type RunningMirror,
  serveMirror,
  sha256Of,
  type SigningKey,
  tlsFront,
  type TlsFront,
} from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import { ONLY_PROGRESS } from './support/only-progress.js';
import { type Finished, runPxeboot } from './support/pxeboot-command.js';

let directory: string;
let key: SigningKey;
let tree: MirrorTree;
let mirror: RunningMirror;
let front: TlsFront;
let file: string;

describe('image trust', () => {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-trust-'));
    key = await createSigningKey();
    tree = new Map();
    mirror = await serveMirror(tree);
    front = await tlsFront(mirror.url);
    await writeFile(join(directory, 'keyring.asc'), key.publicKey);
    await writeFile(join(directory, 'ca.pem'), front.ca);
    file = join(directory, 'pxeboot.yaml');
  });

  afterEach(async () => {
    await front.close();
    await mirror.close();
    await rm(directory, { recursive: true });
  });

  /** Writes a configuration with a TLS server whose CA belongs to the test. */
  async function configure(images: string, ca = join(directory, 'ca.pem')): Promise<void> {
    const url = `https://localhost:${front.port}/debian`;
    await writeFile(
      file,
      [
        `dataDir: ${join(directory, 'store')}`,
        `images: ${images}`,
        'source:',
        '  kind: mirror',
        `  url: [${url}]`,
        `  dailyUrl: ${url}`,
        `  keyring: ${join(directory, 'keyring.asc')}`,
        `  ca: ${ca}`,
        '',
      ].join('\n'),
    );
  }

  function pxeboot(...args: readonly string[]): Promise<Finished> {
    return runPxeboot([...args, '--config', file]);
  }

  /** Adds unstable's signed installer and a daily build to the tree. */
  async function publishSid(): Promise<void> {
    await addMadeUpSuite(tree, { codename: 'sid', suite: 'unstable', kernel: '7.2.14' }, key);
    const from = 'dists/sid/main/installer-amd64/current/images/';
    const lines: string[] = [];
    for (const [path, content] of [...tree]) {
      if (!path.startsWith(`${from}netboot`)) {
        continue;
      }
      const name = path.slice(from.length);
      const isKernel = name.endsWith('/linux');
      const own = isKernel ? memoryFile(kernelImage('amd64', '7.2.14-amd64', 40_000)) : content;
      tree.set(`amd64/daily/${name}`, own);
      lines.push(`${await sha256Of(own)}  ./${name}\n`);
    }
    tree.set('amd64/daily/SHA256SUMS', memoryFile(lines.join('')));
  }

  describe.skipIf(lacks('openssl'))('images of lower trust', { timeout: 120_000 }, () => {
    it('are fetched only over TLS, and labelled wherever they appear', async () => {
      await publishSid();
      await configure('[{suite: sid, variants: [text], trust: tls}]');
      const synced = await pxeboot('sync');
      expect(synced).toMatchObject({ code: 0, stderr: ONLY_PROGRESS });
      expect(synced.stdout).toContain('files to fetch (unsigned, trusted only by TLS)');
      const { stdout: listed } = await pxeboot('images', 'list');
      expect(listed).toMatch(/sid amd64 text: .*trusted by its server certificate/);
      expect(listed).toMatch(/sid amd64 text: .*daily, not signed, TLS only$/m);
      const json = await pxeboot('images', 'list', '--json');
      expect(JSON.parse(json.stdout)).toMatchObject({
        generations: [{ images: [{ trust: 'tls', notes: ['daily, not signed, TLS only'] }] }],
      });
      const { stdout: menu } = await pxeboot('menu', 'show');
      expect(menu).toContain('Debian unstable (sid) amd64, text: daily, not signed, TLS only');
      const verified = await pxeboot('images', 'verify');
      expect(verified.code).toBe(0);
      expect(verified.stdout).toContain('daily build, unsigned, trusted only by TLS');

      // Without trust: tls in the configuration, daily builds are not verified.
      await configure('[{suite: sid, variants: [text]}]');
      const refused = await pxeboot('images', 'verify');
      expect(refused.code).toBe(6);
      expect(refused.stdout).toContain('the image is trusted only by TLS');
    });

    it('are labelled in the menu when archived', async () => {
      await addMadeUpSuite(
        tree,
        { codename: 'buster', version: '10.13', build: '20190702+deb10u12', kernel: '4.19.0-21' },
        key,
      );
      await configure('[{suite: buster, variants: [gtk]}]');
      expect(await pxeboot('sync')).toMatchObject({ code: 0, stderr: ONLY_PROGRESS });
      const { stdout: listed } = await pxeboot('images', 'list');
      expect(listed).toMatch(/buster amd64 gtk: Debian 10\.13.*archived, no security support$/m);
      const { stdout: menu } = await pxeboot('menu', 'show');
      expect(menu).toContain('Debian 10 (buster) amd64, gtk: archived, no security support');
    });

    it('are refused if the CA is not the one in source.ca', async () => {
      await publishSid();
      await configure('[{suite: sid, variants: [text], trust: tls}]');
      const other = await tlsFront(mirror.url);
      await writeFile(join(directory, 'ca.pem'), other.ca);
      await other.close();
      const refused = await pxeboot('sync');
      expect(refused.code).toBe(5);
      expect(refused.stderr).toContain('is invalid');
    });

    it('do not affect a mirror with its CA in source.ca', async () => {
      await addMadeUpSuite(tree, { codename: 'trixie' }, key);
      await configure('[{suite: trixie, variants: [text]}]');
      expect(await pxeboot('sync')).toMatchObject({ code: 0, stderr: ONLY_PROGRESS });
      await configure('[{suite: trixie, variants: [text]}]', join(directory, 'none.pem'));
      const unreadable = await pxeboot('sync');
      expect(unreadable.code).toBe(3);
      expect(unreadable.stderr).toContain('source.ca: cannot read the CA');
      await configure('[{suite: trixie, variants: [text]}]', file);
      expect((await pxeboot('sync')).stderr).toContain('the CA is not a valid PEM certificate');
    });
  });
});
