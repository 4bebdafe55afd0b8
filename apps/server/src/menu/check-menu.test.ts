import { describe, expect, it } from 'vitest';

import { configSchema } from '../config/schema.js';
import { checkMenuSettings } from './check-menu.js';

const check = (settings: object) => () => {
  checkMenuSettings(configSchema.parse(settings));
};

describe('checkMenuSettings', () => {
  it('accepts the defaults, and an entry of the configured images as default', () => {
    check({})();
    check({
      menu: { default: 'bookworm-amd64-gtk-rescue' },
      kernelArgs: 'console=ttyS0 --- quiet',
    })();
  });

  it.each([
    [{ menu: { title: 'Rack 7 ' } }, /menu\.title/],
    [{ kernelArgs: 'initrd=/other.gz' }, /kernelArgs/],
    [{ kernelArgs: `x=${'y'.repeat(4500)}` }, /kernelArgs/],
    [{ menu: { default: 'trixie-amd64-text-instal' } }, /menu\.default: unknown entry/],
    [{ images: ['trixie'], menu: { default: 'bookworm-amd64-text-install' } }, /menu\.default/],
  ])('refuses %j before a machine requests the menu', (settings, problem) => {
    expect(check(settings)).toThrow(problem);
  });
});
