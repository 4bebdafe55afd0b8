import type { Generation, StoredFile } from '@pxe/debian-netboot';
import { describe, expect, it } from 'vitest';

import { textContent } from '../content/content.js';
import type { BootClient } from './boot-client.js';
import { createBootNamespace } from './boot-namespace.js';
import { createLoaderMemory } from './loader-memory.js';
import { pxelinuxConfig } from './pxelinux-config.js';

const client: BootClient = { transport: 'tftp', address: '10.0.0.5', localAddress: '10.0.0.1' };
const KERNEL = 'amd64/text/linux';

function generation(id: string, build: string): Generation {
  const file = (name: string): StoredFile => ({ sha256: `${id}:${name}`, size: 7 });
  const loaders = [
    'lpxelinux.0',
    'pxelinux.0',
    'ldlinux.c32',
    'libcom32.c32',
    'libutil.c32',
    'menu.c32',
    'vesamenu.c32',
    'chain.c32',
    'reboot.c32',
    'poweroff.c32',
  ] as const;
  return {
    id,
    manifest: {
      id,
      createdAt: '2026-11-22T00:00:00.000Z',
      targets: [
        {
          suite: 'trixie',
          arch: 'amd64',
          variant: 'text',
          build,
          version: '13.7',
          kernelVersion: '6.12.107+deb13-amd64',
          abi: 'ok',
          carriedOver: false,
          releaseDate: '2026-09-12T08:00:00.000Z',
          files: { linux: file('linux'), 'initrd.gz': file('initrd.gz') },
        },
      ],
      biosLoaders: {
        suite: 'trixie',
        version: '3:6.04',
        files: Object.fromEntries(loaders.map((name) => [name, file(name)])) as Record<
          (typeof loaders)[number],
          StoredFile
        >,
      },
      efiLoaders: [],
    },
  };
}

function namespaceAt(time: { now: number }) {
  const loaders = createLoaderMemory();
  const options = {
    loaders,
    advertise: 'auto',
    httpPort: () => 8069,
    menu: {
      title: 'Debian',
      timeout: 30,
      default: 'local',
      stale: 'mark',
      kernelArgs: '',
    } as const,
  };
  return createBootNamespace({
    loaders,
    generated: new Map([
      [
        '/pxelinux.cfg/default',
        (asking, current) => pxelinuxConfig(asking, current.manifest, options),
      ],
      ['/id', (_asking, { id }) => textContent(id)],
    ]),
    now: () => time.now,
  });
}

function textAt(namespace: ReturnType<typeof namespaceAt>, path: string, asking = client): string {
  const content = namespace.lookup(path, asking);
  if (content?.kind !== 'memory') throw new Error(`no text at ${path}`);
  return new TextDecoder().decode(content.bytes);
}

describe('boot namespace', () => {
  it('has nothing before the first generation', () => {
    const namespace = namespaceAt({ now: 0 });
    expect(namespace.lookup('/lpxelinux.0', client)).toBeUndefined();
    expect(namespace.lookup('/pxelinux.cfg/default', client)).toBeUndefined();
  });

  it('is a table: only what it lists exists', () => {
    const namespace = namespaceAt({ now: 0 });
    namespace.use(generation('g1', '1'));
    expect(namespace.lookup('/lpxelinux.0', client)).toEqual({
      kind: 'blob',
      sha256: 'g1:lpxelinux.0',
      size: 7,
    });
    for (const path of [
      '/',
      '/debian',
      '/pxelinux.cfg',
      '/pxelinux.cfg/01-52-54-00-12-34-56',
      '/__proto__',
      '/constructor',
    ]) {
      expect(namespace.lookup(path, client)).toBeUndefined();
    }
  });

  it('switches everything at once, and serves the images before for two hours more', () => {
    const time = { now: 0 };
    const namespace = namespaceAt(time);
    namespace.use(generation('g1', '1'));
    namespace.use(generation('g2', '2'));
    expect(namespace.lookup('/ldlinux.c32', client)).toMatchObject({ sha256: 'g2:ldlinux.c32' });
    expect(textAt(namespace, '/id')).toBe('g2');
    time.now = 2 * 60 * 60 * 1000 - 1;
    expect(namespace.lookup(`/debian/trixie/1/${KERNEL}`, client)).toMatchObject({
      sha256: 'g1:linux',
    });
    time.now++;
    expect(namespace.lookup(`/debian/trixie/1/${KERNEL}`, client)).toBeUndefined();
    expect(namespace.lookup(`/debian/trixie/2/${KERNEL}`, client)).toMatchObject({
      sha256: 'g2:linux',
    });
  });

  it('writes URLs of the address that was asked after lpxelinux.0, and TFTP paths after pxelinux.0', () => {
    const namespace = namespaceAt({ now: 0 });
    namespace.use(generation('g1', '1'));
    const url = `http://10.0.0.1:8069/debian/trixie/1/${KERNEL}`;
    expect(textAt(namespace, '/pxelinux.cfg/default')).toContain(url);
    namespace.lookup('/pxelinux.0', client);
    expect(textAt(namespace, '/pxelinux.cfg/default')).toContain(`::debian/trixie/1/${KERNEL}`);
    expect(textAt(namespace, '/pxelinux.cfg/default')).not.toContain('http://');
    expect(
      textAt(namespace, '/pxelinux.cfg/default', { ...client, address: '10.0.0.6' }),
    ).toContain(url);
    namespace.lookup('/lpxelinux.0', client);
    expect(textAt(namespace, '/pxelinux.cfg/default')).toContain(url);
  });
});
