import { describe, expect, it } from 'vitest';

import { configSchema } from '../config/schema.js';
import { checkMenuSettings } from './check-menu.js';

/** Maximum CPU time in milliseconds; other programs affect only the wall-clock time. */
const CPU_BOUND_MS = 5_000;

const check = (settings: object) => () => {
  checkMenuSettings(configSchema.parse(settings));
};

function hostWith(settings: object): object {
  return { hosts: [{ name: 'web1', match: { mac: '52:54:00:00:00:01' }, ...settings }] };
}

describe('checkMenuSettings', () => {
  it('accepts the defaults, and an entry of the configured images as default', () => {
    check({})();
    check({
      menu: { default: 'bookworm-amd64-gtk-rescue' },
      kernelArgs: 'console=ttyS0 --- quiet',
    })();
  });

  it('accepts hosts, and checks a thousand of the same kind quickly', () => {
    const hosts = Array.from({ length: 1000 }, (_, index) => ({
      name: `web${index}`,
      match: { ip: `10.0.${index >> 8}.${index & 255}` },
      boot: 'trixie-amd64-text-auto',
      title: 'Web',
    }));
    const before = process.cpuUsage();
    check({ hosts, unknown: { boot: 'local' } })();
    const { user } = process.cpuUsage(before);
    expect(user / 1000).toBeLessThan(CPU_BOUND_MS);
  });

  it.each([
    [{ menu: { title: 'Rack 7 ' } }, /menu\.title/],
    [{ kernelArgs: 'initrd=/other.gz' }, /kernelArgs/],
    [{ kernelArgs: `x=${'y'.repeat(4500)}` }, /kernelArgs/],
    [{ menu: { default: 'trixie-amd64-text-instal' } }, /menu\.default: unknown entry/],
    [{ unknown: { boot: 'locl' } }, /unknown\.boot: unknown entry.*did you mean local\?/],
    [hostWith({ boot: 'trixie-amd64-text-instal' }), /did you mean trixie-amd64-text-install\?/],
    [hostWith({ boot: 'nothing-like-it' }), /hosts\[0\]\.boot: unknown entry.*entries are menu, l/],
    [
      hostWith({ boot: 'trixie-amd64-text-auto', suite: 'bookworm' }),
      /hosts\[0\]\.boot: the entry trixie-amd64-text-auto does not match the suite and arch of this host/,
    ],
    [
      hostWith({ suite: 'bullseye' }),
      /hosts\[0\]\.suite: images has no bullseye; it has trixie amd64, bookworm amd64/,
    ],
    [hostWith({ arch: 'arm64' }), /hosts\[0\]\.arch: images has no arm64/],
    [hostWith({ title: 'Rack 7 ' }), /hosts\[0\]\.title/],
    [hostWith({ kernelArgs: 'initrd=/other.gz' }), /hosts\[0\]\.kernelArgs/],
    [{ images: ['trixie'], menu: { default: 'bookworm-amd64-text-install' } }, /menu\.default/],
  ])('refuses %j before a machine requests the menu', (settings, problem) => {
    expect(check(settings)).toThrow(problem);
  });
});
