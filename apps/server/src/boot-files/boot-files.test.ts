import { describe, expect, it } from 'vitest';

import { ARCHES, type Generation } from '@pxe/debian-netboot';

import { biosLoaders, efiLoaders } from '../../test/support/boot-loaders.js';
import { storedTarget } from '../../test/support/stored-target.js';
import { type Content, textContent } from '../content/content.js';
import { type BootClient } from '../namespace/boot-namespace.js';
import { createLoaderMemory } from '../namespace/loader-memory.js';
import { bootFiles } from './boot-files.js';
import { type BootFileSettings } from './settings.js';

const client: BootClient = { transport: 'http', address: '10.0.0.5', localAddress: '10.0.0.1' };

function generation(id: string): Generation {
  return {
    id,
    manifest: {
      id,
      createdAt: '2026-11-22T00:00:00.000Z',
      targets: [storedTarget('arm64')],
      biosLoaders,
      efiLoaders: ARCHES.map((arch) => efiLoaders('trixie', arch, true)),
    },
  };
}

const DEFAULTS = settingsWith('Debian');

function settingsWith(title: string): BootFileSettings {
  return {
    advertise: 'auto',
    httpAddresses: () => [{ address: '::', port: 8069 }],
    menu: { title, timeout: 30, default: 'local', stale: 'mark', kernelArgs: '' },
  };
}

function filesOf(loaders = createLoaderMemory(), settings = () => DEFAULTS) {
  const files = bootFiles(settings, loaders, textContent('a picture'));
  return {
    paths: [...files.keys()],
    file: (path: string, asking: BootClient, of: Generation): Content | undefined =>
      files.get(path)?.(asking, of),
  };
}

describe('generated files', () => {
  const current = generation('g1');
  const { paths } = filesOf();

  it.each(paths)('renders %s once for clients of one class', (path) => {
    const { file } = filesOf();
    const first = file(path, client, current);
    expect(first).toBeDefined();
    expect(file(path, { ...client, address: '10.0.0.6', transport: 'tftp' }, current)).toBe(first);
  });

  it('renders files again for a new generation', () => {
    const { file } = filesOf();
    const path = '/pxelinux.cfg/default';
    const first = file(path, client, current);
    expect(file(path, client, generation('g2'))).not.toBe(first);
    expect(file(path, client, current)).not.toBe(first);
  });

  it('renders files again for new settings', () => {
    let settings = DEFAULTS;
    const { file } = filesOf(createLoaderMemory(), () => settings);
    const textOf = () => {
      const content = file('/pxelinux.cfg/default', client, current);
      return content?.kind === 'memory' ? new TextDecoder().decode(content.bytes) : '';
    };
    expect(textOf()).toContain('MENU TITLE Debian');
    settings = settingsWith('Rack 7');
    expect(textOf()).toContain('MENU TITLE Rack 7');
  });

  it('renders separate files per address of this host and per loader', () => {
    const loaders = createLoaderMemory();
    const { file } = filesOf(loaders);
    const path = '/pxelinux.cfg/default';
    const first = file(path, client, current);
    expect(file(path, { ...client, localAddress: '10.0.0.2' }, current)).not.toBe(first);
    loaders.fetched('10.0.0.9', '/pxelinux.0');
    expect(file(path, { ...client, address: '10.0.0.9' }, current)).not.toBe(first);
    expect(file(path, client, current)).toBe(first);
  });

  it('caches at most a fixed number of files for any number of addresses', () => {
    const { file } = filesOf();
    const first = file('/menu.ipxe', client, current);
    for (let index = 0; index < 1000; index++) {
      file(
        '/menu.ipxe',
        { ...client, localAddress: `127.0.${index >> 8}.${index & 255}` },
        current,
      );
    }
    expect(file('/menu.ipxe', client, current)).not.toBe(first);
  });
});
