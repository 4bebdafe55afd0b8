import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { EnvHttpProxyAgent } from 'undici';
import { describe, expect, it } from 'vitest';

import { diskFile, type MirrorTree, serveMirror } from '@pxe/local-mirror';
import { freeTcpPort } from '@pxe/test-host';

import {
  directorySource,
  type Generation,
  mirrorSource,
  syncImages,
  verifyStore,
} from '../src/index.js';
import {
  afterTest,
  madeUpMirror,
  type MadeUpMirror,
  QUICK,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
  TRIXIE_2,
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';
import { lacksTools, TOOLS, TOOLS_ENVIRONMENT } from './support/unpacked-tools.js';

const execute = promisify(execFile);

function run(program: string, args: readonly string[]): Promise<unknown> {
  return execute(program, [...args], { env: TOOLS_ENVIRONMENT });
}

/** Returns a directory's files as a mirror's tree. */
async function treeOf(directory: string): Promise<MirrorTree> {
  const tree: MirrorTree = new Map();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) {
      tree.set(path.slice(directory.length + 1), await diskFile(path));
    }
  }
  return tree;
}

/** Syncs from a directory, and from the same files over HTTP; both must be accepted with equal results. */
async function syncBothWays(archive: MadeUpMirror, directory: string): Promise<Generation> {
  const served = await serveMirror(await treeOf(directory));
  afterTest(() => served.close());
  const generations: Generation[] = [];
  for (const source of [
    mirrorSource({ ...QUICK, mirrors: [served.url] }),
    directorySource(directory),
  ]) {
    const store = await temporaryStore();
    const trust = { keyring: archive.keyring };
    const { generation } = await syncImages({ store, source, images: [TRIXIE_TEXT], trust });
    const [report] = await verifyStore({ store, trust: { keyring: archive.keyring } });
    expect(report?.problems).toEqual([]);
    generations.push(generation);
  }
  const [byHttp, byDirectory] = generations;
  expect(byHttp!.manifest.targets).toEqual(byDirectory!.manifest.targets);
  return byHttp!;
}

/** Starts a daemon, and waits until it answers. */
async function startDaemon(program: string, args: readonly string[], port: number): Promise<void> {
  const child = spawn(program, args, { env: TOOLS_ENVIRONMENT, stdio: 'ignore' });
  const ended = once(child, 'close');
  afterTest(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  while (child.exitCode === null) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) {
      return;
    }
    await sleep(100);
  }
  throw new Error(`${program} has ended: ${child.exitCode}`);
}

/** Starts Squid with Debian's configuration, except for the port, the directories and the user. */
async function startSquid(): Promise<string> {
  const directory = await temporaryDirectory();
  const port = await freeTcpPort();
  const share = join(TOOLS, 'usr/share/squid');
  const original = await readFile(join(TOOLS, 'etc/squid/squid.conf'), 'utf8');
  const config = original
    .replace(/^http_port .*$/m, `http_port 127.0.0.1:${port}`)
    .replaceAll('/etc/squid/conf.d', join(TOOLS, 'etc/squid/conf.d'))
    .replace(/^coredump_dir .*$/m, `coredump_dir ${directory}`);
  await writeFile(
    join(directory, 'squid.conf'),
    [
      config.replace(/^include .*$/gm, ''),
      `pid_filename ${directory}/squid.pid`,
      `cache_log ${directory}/cache.log`,
      'access_log none',
      'pinger_enable off',
      `error_directory ${share}-langpack/templates`,
      `unlinkd_program ${TOOLS}/usr/lib/squid/unlinkd`,
      `icon_directory ${share}/icons`,
      `mime_table ${share}/mime.conf`,
      '',
    ].join('\n'),
  );
  await chmod(directory, 0o777);
  const args = ['-N', '-f', join(directory, 'squid.conf')];
  await startDaemon(join(TOOLS, 'usr/sbin/squid'), args, port);
  return `http://127.0.0.1:${port}`;
}

async function startAptCacherNg(): Promise<string> {
  const directory = await temporaryDirectory();
  const port = await freeTcpPort();
  const config = join(directory, 'config');
  await cp(join(TOOLS, 'etc/apt-cacher-ng'), config, { recursive: true });
  for (const name of ['cache', 'log']) {
    await mkdir(join(directory, name));
  }
  const args = [
    '-c',
    config,
    'ForeGround=1',
    `Port=${port}`,
    'BindAddress=127.0.0.1',
    // The mirror of the test is not on port 80.
    'AllowUserPorts=0',
    `CacheDir=${directory}/cache`,
    `LogDir=${directory}/log`,
    `SupportDir=${TOOLS}/usr/lib/apt-cacher-ng`,
    `PidFile=${directory}/pid`,
    `SocketPath=${directory}/socket`,
  ];
  await startDaemon(join(TOOLS, 'usr/sbin/apt-cacher-ng'), args, port);
  return `http://127.0.0.1:${port}`;
}

describe('field tools', () => {
  describe.skipIf(lacksTools())('copies of a mirror made by other tools', () => {
    it('is accepted from debmirror with the netboot package', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const directory = await temporaryDirectory();
      await run('perl', [
        join(TOOLS, 'usr/bin/debmirror'),
        '--method=http',
        `--host=${new URL(archive.mirror.url).host}`,
        '--root=debian',
        '--dist=trixie',
        '--section=main',
        '--arch=amd64',
        '--nosource',
        '--rsync-extra=none',
        '--ignore-release-gpg',
        '--no-check-gpg',
        directory,
      ]);
      const { manifest } = await syncBothWays(archive, directory);
      expect(manifest.targets).toMatchObject([{ build: '20250101+deb13u1', proof: 'package' }]);
      expect(manifest.biosLoaders?.version).toBe('3:6.04-1');
    }, 120_000);

    it('is accepted from aptly, signed with another key', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const directory = await temporaryDirectory();
      const config = join(directory, 'aptly.conf');
      await writeFile(config, JSON.stringify({ rootDir: directory, architectures: ['amd64'] }));
      const aptly = (...args: readonly string[]): Promise<unknown> =>
        run(join(TOOLS, 'usr/bin/aptly'), [`-config=${config}`, ...args]);
      const { url } = archive.mirror;
      await aptly('mirror', 'create', '-ignore-signatures', 'copy', url, 'trixie', 'main');
      await aptly('mirror', 'update', '-ignore-signatures', 'copy');
      await aptly('snapshot', 'create', 'state', 'from', 'mirror', 'copy');
      await aptly('publish', 'snapshot', '-skip-signing', '-distribution=trixie', 'state');
      const published = join(directory, 'public');
      const release = await readFile(join(published, 'dists/trixie/Release'), 'utf8');
      await writeFile(
        join(published, 'dists/trixie/InRelease'),
        await archive.key.clearSign(release),
      );
      const { manifest } = await syncBothWays(archive, published);
      expect(manifest.targets).toMatchObject([{ build: '20250101+deb13u1', proof: 'package' }]);
      expect(manifest.biosLoaders?.version).toBe('3:6.04-1');
    }, 120_000);
  });

  describe.skipIf(lacksTools())('behind a cache', () => {
    it.each([
      ['squid, with the configuration of Debian', startSquid],
      ['apt-cacher-ng', startAptCacherNg],
    ])(
      'a point release is noticed immediately: %s',
      async (_what, start) => {
        const archive = await madeUpMirror(TRIXIE);
        // apt-cacher-ng does not connect to high ports.
        const mirror = await serveMirror(archive.tree, { port: await freeTcpPort() });
        afterTest(() => mirror.close());
        mirror.lastModified = new Date(Date.now() - 90 * 24 * 3_600_000);
        const dispatcher = new EnvHttpProxyAgent({
          httpProxy: await start(),
          proxyTunnel: false,
          noProxy: '',
        });
        afterTest(() => dispatcher.close());
        const mirrorOptions = { dispatcher, mirrors: [mirror.url], retries: 5, retryDelayMs: 300 };
        const store = await temporaryStore();
        // Another client has filled the caches with today's files.
        await archive.sync(await temporaryStore(), { mirrorOptions });
        await archive.sync(store, { mirrorOptions });
        await archive.publish(TRIXIE_2);
        mirror.lastModified = new Date(Date.now() - 80 * 24 * 3_600_000);
        const { generation, outcome } = await archive.sync(store, { mirrorOptions });
        expect(outcome).toBe('changed');
        expect(generation.manifest.targets).toMatchObject([
          { version: '13.2', carriedOver: false },
        ]);
      },
      120_000,
    );

    it.each([
      ['squid', startSquid],
      ['apt-cacher-ng', startAptCacherNg],
    ])(
      'a file that is damaged in the cache of %s is fetched from the mirror itself',
      async (_what, start) => {
        const archive = await madeUpMirror(TRIXIE);
        // apt-cacher-ng does not connect to high ports.
        const mirror = await serveMirror(archive.tree, { port: await freeTcpPort() });
        afterTest(() => mirror.close());
        mirror.lastModified = new Date(Date.now() - 90 * 24 * 3_600_000);
        const dispatcher = new EnvHttpProxyAgent({
          httpProxy: await start(),
          proxyTunnel: false,
          noProxy: '',
        });
        afterTest(() => dispatcher.close());
        mirror.faults = [
          {
            path: /\/(?:initrd\.gz|SHA256SUMS)$|by-hash|_all\.deb$/,
            fault: { kind: 'flip', atByte: 100 },
          },
        ];
        const store = await temporaryStore();
        const mirrorOptions = { dispatcher, mirrors: [mirror.url], retries: 5, retryDelayMs: 300 };
        await expect(archive.sync(store, { mirrorOptions })).rejects.toMatchObject({
          code: 'ERR_NETBOOT_HASH_MISMATCH',
        });
        mirror.faults = [];
        const { generation } = await archive.sync(store, { mirrorOptions });
        expect(generation.manifest.targets).toHaveLength(1);
        expect(generation.manifest.biosLoaders).toBeDefined();
      },
      120_000,
    );
  });
});
