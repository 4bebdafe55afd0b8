import { describe, expect, it } from 'vitest';

import { type Content } from '../content/content.js';
import { grubConfig, grubTheme, grubThemePath } from './grub.js';
import { type BootFileSettings } from './settings.js';

const client = { origin: 'http://10.0.0.1:8069', loader: 'lpxelinux' } as const;
const manifest = { id: 'g1', createdAt: '2026-11-22T00:00:00.000Z', targets: [], efiLoaders: [] };
const pair = { suite: 'trixie', arch: 'amd64', build: '1', hasHttp: true, files: {} } as const;

function settingsWith(kernelArgs: string): BootFileSettings {
  return {
    advertise: 'auto',
    httpAddresses: () => [{ address: '::', port: 8069 }],
    menu: { title: 'Debian', timeout: 30, default: 'local', stale: 'mark', kernelArgs },
  };
}

function config(kernelArgs: string): string {
  return text(grubConfig(client, manifest, settingsWith(kernelArgs), pair));
}

function text(content: Content): string {
  return content.kind === 'memory' ? new TextDecoder().decode(content.bytes) : '';
}

describe('grubConfig', () => {
  it('draws the menu over the picture', () => {
    const path = grubThemePath('amd64');
    expect(config('')).toContain(`set theme=(http,10.0.0.1:8069)${path}`);
    const theme = text(grubTheme(client, manifest, settingsWith(''), pair));
    expect(theme).toContain('desktop-image: "(http,10.0.0.1:8069)/splash.png"');
    expect(
      text(grubTheme(client, manifest, settingsWith(''), { ...pair, hasHttp: false })),
    ).toContain('desktop-image: "/splash.png"');
  });

  it.each(['console=ttyS0,115200', 'console=ttyAMA0'])(
    "stays on the firmware's console, which is mirrored to the serial port, with %s",
    (kernelArgs) => {
      const script = config(kernelArgs);
      expect(script).not.toMatch(/gfxterm|theme|^serial /m);
      expect(script).toMatch(/^set menu_color_highlight=/m);
    },
  );
});
