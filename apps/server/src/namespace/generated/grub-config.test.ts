import { describe, expect, it } from 'vitest';

import { grubConfig } from './grub-config.js';
import type { GeneratedFileSettings } from './settings.js';

const client = { transport: 'tftp', address: '10.0.0.5', localAddress: '10.0.0.1' } as const;
const manifest = { id: 'g1', createdAt: '2026-11-22T00:00:00.000Z', targets: [], efiLoaders: [] };
const pair = { suite: 'trixie', arch: 'amd64', build: '1', hasHttp: true, files: {} } as const;

function config(kernelArgs: string): string {
  const settings: GeneratedFileSettings = {
    advertise: 'auto',
    httpAddresses: () => [{ address: '::', port: 8069 }],
    menu: { title: 'Debian', timeout: 30, default: 'local', stale: 'mark', kernelArgs },
  };
  const content = grubConfig(client, manifest, settings, pair);
  return content.kind === 'memory' ? new TextDecoder().decode(content.bytes) : '';
}

describe('grubConfig', () => {
  it('draws the menu on the picture', () => {
    expect(config('')).toContain('background_image (http,10.0.0.1:8069)/splash.png');
  });

  it.each(['console=ttyS0,115200', 'console=ttyAMA0'])(
    "stays on the firmware's console, which its serial port shows, with %s",
    (kernelArgs) => {
      const text = config(kernelArgs);
      expect(text).not.toMatch(/gfxterm|background_image|^serial /m);
      expect(text).toMatch(/^set menu_color_highlight=/m);
    },
  );
});
