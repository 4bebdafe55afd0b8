import { describe, expect, it } from 'vitest';

import { isUBootConfigPath } from './u-boot-config-path.js';

describe('isUBootConfigPath', () => {
  it.each(['default-arm', 'default-arm-sunxi', 'default-arm-rockchip-evb_rk3399'])(
    'matches %s',
    (name) => {
      expect(isUBootConfigPath(`/pxelinux.cfg/${name}`)).toBe(true);
    },
  );

  it.each(['default', 'default-armada', 'default-riscv', '01-52-54-00-12-34-56'])(
    'does not match %s',
    (name) => {
      expect(isUBootConfigPath(`/pxelinux.cfg/${name}`)).toBe(false);
    },
  );
});
