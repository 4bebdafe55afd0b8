import { describe, expect, it } from 'vitest';

import { createLoaderMemory } from './loader-memory.js';

const MINUTE_MS = 60 * 1000;

describe('loader memory', () => {
  it('assumes lpxelinux.0 for a client that fetched neither loader', () => {
    expect(createLoaderMemory().loaderOf('10.0.0.5')).toBe('lpxelinux');
  });

  it('chooses pxelinux.0 if one address fetched both within ten minutes', () => {
    const time = { now: 0 };
    const memory = createLoaderMemory({ now: () => time.now });
    memory.fetched('10.0.0.5', '/pxelinux.0');
    time.now = MINUTE_MS;
    memory.fetched('10.0.0.5', '/lpxelinux.0');
    expect(memory.loaderOf('10.0.0.5')).toBe('pxelinux');
    time.now = 10 * MINUTE_MS;
    expect(memory.loaderOf('10.0.0.5')).toBe('lpxelinux');
    memory.fetched('10.0.0.5', '/pxelinux.0');
    expect(memory.loaderOf('10.0.0.5')).toBe('pxelinux');
  });

  it('remembers pxelinux.0 for an hour', () => {
    const time = { now: 0 };
    const memory = createLoaderMemory({ now: () => time.now });
    memory.fetched('10.0.0.5', '/pxelinux.0');
    time.now = 59 * MINUTE_MS;
    expect(memory.loaderOf('10.0.0.5')).toBe('pxelinux');
    time.now = 61 * MINUTE_MS;
    expect(memory.loaderOf('10.0.0.5')).toBe('lpxelinux');
  });

  it('ignores every other file', () => {
    const memory = createLoaderMemory();
    memory.fetched('10.0.0.5', '/pxelinux.0');
    memory.fetched('10.0.0.5', '/pxelinux.cfg/default');
    expect(memory.loaderOf('10.0.0.5')).toBe('pxelinux');
  });

  it('remembers for half a minute that an address fetched shim without GRUB', () => {
    const time = { now: 0 };
    const memory = createLoaderMemory({ now: () => time.now });
    memory.fetched('10.0.0.5', '/debian-installer/arm64/bootnetaa64.efi');
    expect(memory.shimOf('10.0.0.5')).toBe('arm64');
    expect(memory.shimOf('10.0.0.6')).toBeUndefined();
    time.now = 30_000;
    expect(memory.shimOf('10.0.0.5')).toBeUndefined();
    memory.fetched('10.0.0.5', '/bootnetx64.efi');
    expect(memory.shimOf('10.0.0.5')).toBe('amd64');
    memory.fetched('10.0.0.5', '/grubx64.efi');
    expect(memory.shimOf('10.0.0.5')).toBeUndefined();
  });

  it('reports when a client loads GRUB', () => {
    const addresses: string[] = [];
    const memory = createLoaderMemory({ onGrub: (address) => addresses.push(address) });
    memory.fetched('10.0.0.5', '/lpxelinux.0');
    memory.fetched('10.0.0.6', '/bootnetx64.efi');
    memory.fetched('10.0.0.7', '/debian-installer/amd64/grubx64.efi');
    expect(addresses).toEqual(['10.0.0.6', '10.0.0.7']);
  });
});
