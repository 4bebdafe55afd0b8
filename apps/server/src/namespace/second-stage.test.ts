import { describe, expect, it } from 'vitest';

import { type BootClient } from './boot-namespace.js';
import { createLoaderMemory } from './loader-memory.js';
import { secondStagePath } from './second-stage.js';

const client: BootClient = { transport: 'tftp', address: '10.0.0.5', localAddress: '10.0.0.1' };

function asked(path: string, shim = '/bootnetx64.efi'): string | undefined {
  const loaders = createLoaderMemory();
  loaders.fetched(client.address, shim);
  return secondStagePath(path, client, loaders);
}

describe('secondStagePath', () => {
  it.each(['/EFI/debian/shimx64.efi', '/onie.efi', '/\x04\x01*', '/BOOTX64.EFI'])(
    'is GRUB for %j, after shim',
    (path) => {
      expect(asked(path)).toBe('/grubx64.efi');
      expect(asked(path, '/bootnetaa64.efi')).toBe('/grubaa64.efi');
    },
  );

  it.each([
    '/mmx64.efi',
    '/fbx64.efi',
    '/revocations_sku.efi',
    '/shim_certificate_0.efi',
    '/pxelinux.cfg/default.efi',
    '/debian-installer/amd64/grub/x.efi',
    '/boot.cfg',
    '/memtest',
  ])('leaves %s alone', (path) => {
    expect(asked(path)).toBeUndefined();
  });

  it('returns nothing for a client that has not fetched shim', () => {
    expect(secondStagePath('/onie.efi', client, createLoaderMemory())).toBeUndefined();
  });
});
