import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { safeRenderGrub } from '../src/dialects/grub/index.js';
import { safeRenderIpxe } from '../src/dialects/ipxe/index.js';
import {
  cleanMenu,
  type Menu,
  parseSyslinux,
  type RenderResult,
  safeRenderSyslinux,
  validateMenu,
  walkItems,
} from '../src/index.js';
import { anyConfig, anyMenu, anyStart } from './support/arbitraries.js';
import { grubOutcome, ipxeOutcome, modelOutcome, type Outcome } from './support/outcomes.js';

// Whatever a menu boots when nobody presses a key, it boots in every dialect, after the same time; or it
// waits, if that entry cannot be started or is left out.

const STARTS = join(import.meta.dirname, 'starts');

function bootIds(menu: Menu): ReadonlySet<string> {
  return new Set(
    [...walkItems(menu)].flatMap(({ item }) =>
      item.type === 'separator' || item.type === 'submenu' || item.type === 'back' ? [] : [item.id],
    ),
  );
}

/** Returns the outcome allowed for the text: that of the model, or waiting if a finding reports the loss. */
function allowed(menu: Menu, { findings }: RenderResult, round = false): Outcome {
  const outcome = modelOutcome(menu);
  const isLost = findings.some(({ code }) => code === 'default-left-out');
  if (isLost || outcome === 'waits') {
    return 'waits';
  }
  return round ? { ...outcome, seconds: Math.ceil(outcome.seconds) } : outcome;
}

function rounded(outcome: Outcome): Outcome {
  return outcome === 'waits'
    ? outcome
    : { ...outcome, seconds: Math.round(outcome.seconds * 1000) / 1000 };
}

function checkOutcomes(given: Menu): void {
  const { menu } = cleanMenu(given);
  const faults = validateMenu(menu).filter(({ severity }) => severity === 'error');
  // A clean menu may have nothing left to start.
  expect(faults.filter(({ code }) => code !== 'empty-menu')).toEqual([]);
  const syslinux = safeRenderSyslinux(menu);
  if (syslinux.ok) {
    const again = modelOutcome(parseSyslinux(syslinux.text).menu);
    expect(again, syslinux.text).toEqual(allowed(menu, syslinux));
  }
  const grub = safeRenderGrub(menu);
  if (grub.ok) {
    expect(grubOutcome(grub.text, 'pc'), grub.text).toEqual(allowed(menu, grub, true));
    const efi = grubOutcome(grub.text, 'efi');
    if (efi !== 'waits') {
      expect(efi, grub.text).toEqual(allowed(menu, grub, true));
    }
  }
  const ipxe = safeRenderIpxe(menu);
  if (ipxe.ok) {
    const ids = bootIds(menu);
    expect(rounded(ipxeOutcome(ipxe.text, 'pc', ids)), ipxe.text).toEqual(allowed(menu, ipxe));
    const efi = rounded(ipxeOutcome(ipxe.text, 'efi', ids));
    if (efi !== 'waits') {
      expect(efi, ipxe.text).toEqual(allowed(menu, ipxe));
    }
  }
}

describe('what boots without a key is the same in every dialect', () => {
  it('for any menu', () => {
    fc.assert(fc.property(anyMenu, checkOutcomes), { numRuns: 400, seed: 15 });
  });

  it('for any way to start: what is shown first, what is selected, and which clock runs', () => {
    fc.assert(fc.property(anyStart, checkOutcomes), { numRuns: 1500, seed: 17 });
  });

  it('for a default that the submenu around it does not select', () => {
    const [a, b] = ['a', 'b'].map((id) => ({ type: 'linux', id, label: id, kernel: 'v' }) as const);
    const inner = {
      type: 'submenu',
      id: 's',
      label: 'S',
      defaultId: 'b',
      items: [a!, b!],
    } as const;
    const menu: Menu = {
      title: '',
      timeoutSeconds: 9,
      defaultId: 'a',
      startId: 's',
      items: [inner],
    };
    checkOutcomes(menu);
    expect(safeRenderSyslinux(menu)).toMatchObject({
      text: expect.stringContaining('ONTIMEOUT a\n') as unknown,
    });
  });

  it('for any file', () => {
    fc.assert(
      fc.property(anyConfig, (text) => {
        checkOutcomes(parseSyslinux(text).menu);
      }),
      { numRuns: 400, seed: 16 },
    );
  });

  for (const name of readdirSync(STARTS)) {
    it(`for ${name}, which the real pxelinux has booted`, () => {
      const directory = join(STARTS, name, 'tftp');
      const { menu } = parseSyslinux(readFileSync(join(directory, 'pxelinux.cfg/default')), {
        resolveInclude: (path) =>
          existsSync(join(directory, path)) ? readFileSync(join(directory, path)) : undefined,
      });
      checkOutcomes(menu);
    });
  }
});
