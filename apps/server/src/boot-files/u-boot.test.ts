import { describe, expect, it } from 'vitest';

import { type StoredTarget } from '@pxe/debian-netboot';

import { storedTarget } from '../../test/support/stored-target.js';
import { uBootConfig } from './u-boot.js';

const bootSettings = { advertise: 'auto', httpAddresses: () => [] };

const settings = {
  title: 'Debian network installer',
  timeout: 30,
  default: 'local',
  stale: 'mark',
  kernelArgs: 'console=ttyAMA0',
} as const;

function config(targets: readonly StoredTarget[], defaultId = 'local'): string | undefined {
  const manifest = { id: 'g1', createdAt: '2026-11-22T00:00:00.000Z', targets, efiLoaders: [] };
  const content = uBootConfig(manifest, {
    ...bootSettings,
    menu: { ...settings, default: defaultId },
  });
  return content && new TextDecoder().decode(content.bytes);
}

describe('uBootConfig', () => {
  it('lists the arm64 installers with TFTP paths, using keywords that U-Boot reads', () => {
    const text = config([storedTarget('amd64'), storedTarget('arm64')]) ?? '';
    expect(text.split('\n').slice(0, 11)).toEqual([
      'MENU TITLE Debian network installer (Ctrl-C: leave)',
      'PROMPT 1',
      'TIMEOUT 0',
      '',
      'LABEL trixie-arm64-text-install',
      'MENU LABEL Debian 13 (trixie) arm64, text installer: Install',
      'LINUX /debian/trixie/1/arm64/text/linux',
      'INITRD /debian/trixie/1/arm64/text/initrd.gz',
      'APPEND console=ttyAMA0 --- quiet',
      'IPAPPEND 2',
      '',
    ]);
    const words = new Set(text.match(/^[A-Z]+/gm));
    expect([...words].sort()).toEqual([
      ...['APPEND', 'INITRD', 'IPAPPEND', 'LABEL', 'LINUX', 'MENU', 'PROMPT', 'TIMEOUT'],
    ]);
    expect(text).not.toMatch(/amd64|http:/);
  });

  it('leaves out firmware, since U-Boot loads only one initrd', () => {
    const file = { sha256: 'b'.repeat(64), size: 2 };
    const text = config([{ ...storedTarget('arm64'), firmware: { packages: [], file } }]) ?? '';
    expect(text).toContain('\nINITRD /debian/trixie/1/arm64/text/initrd.gz\n');
    expect(text).not.toContain('firmware');
  });

  it('boots nothing automatically unless the settings name an entry', () => {
    const text = config([storedTarget('arm64')]) ?? '';
    expect(text).toContain('\nTIMEOUT 0\n');
    expect(text).not.toMatch(/DEFAULT|LOCALBOOT/);
    const named = config([storedTarget('arm64')], 'trixie-arm64-text-install');
    expect(named).toContain('\nDEFAULT trixie-arm64-text-install\nTIMEOUT 300\n');
  });

  it('is undefined without an arm64 image', () => {
    expect(config([storedTarget('amd64')])).toBeUndefined();
  });
});
