import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { NETWORK_FIRMWARE, networkFirmware, parseFirmware } from './network-firmware.js';

describe('parseFirmware', () => {
  it('selects the packages for all network cards, or none', () => {
    const all = NETWORK_FIRMWARE.map(({ name }) => name);
    expect(parseFirmware(true)).toEqual({ ok: true, value: all });
    expect(parseFirmware(['wireless', 'wired'])).toEqual(parseFirmware(true));
    expect(parseFirmware(false)).toEqual({ ok: true, value: [] });
    expect(networkFirmware('wired')).toContain('firmware-bnx2');
    expect(networkFirmware('wired')).not.toContain('firmware-iwlwifi');
  });

  it('accepts package names, and removes duplicates', () => {
    expect(parseFirmware(['firmware-realtek', 'atmel-firmware', 'firmware-realtek'])).toEqual({
      ok: true,
      value: ['atmel-firmware', 'firmware-realtek'],
    });
  });

  it.each([
    ['wierd', 'did you mean wired?'],
    ['Firmware-Realtek', 'did you mean firmware-realtek?'],
    ['realtek', 'name packages such as firmware-realtek'],
    ['firmware-x y', 'did you mean firmware-bnx2? Name packages such as firmware-realtek'],
  ])('refuses %j with a useful hint', (item, hint) => {
    const result = parseFirmware([item]);
    expect(result.ok || result.error.hint).toContain(hint);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (items) => {
        const result = parseFirmware(items);
        expect(result.ok || result.error.hint !== undefined).toBe(true);
      }),
    );
  });
});
