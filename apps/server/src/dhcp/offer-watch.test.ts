import { describe, expect, it } from 'vitest';

import { type BootClient } from '@pxe/dhcp-protocol/node';

import { OFFER_PATIENCE_MS, OfferWatch } from './offer-watch.js';

const MAC = '52:54:00:12:34:56';
const LEASE = { mac: MAC, server: '192.0.2.1', requested: '192.0.2.50' };

function client(mac = MAC): BootClient {
  const kind = { vendorClass: 'PXEClient', program: 'firmware', architecture: 7 } as const;
  return { ...kind, mac, firmware: 'uefi', cpu: 'x64', uuid: undefined };
}

/** Returns a watch with one offer, made at time 0. */
function offered(): OfferWatch {
  const watch = new OfferWatch();
  watch.offered(client(), 'bootnetx64.efi', 0);
  return watch;
}

const overdue = (watch: OfferWatch, now = OFFER_PATIENCE_MS) =>
  watch.overdue(now).map((offer) => offer.client.mac);

describe('OfferWatch', () => {
  it('reports a machine once if it loads nothing for a minute', () => {
    const watch = offered();
    watch.leaseRequested(LEASE);

    expect(overdue(watch, OFFER_PATIENCE_MS - 1)).toEqual([]);
    expect(watch.ignored).toEqual([]);
    expect(watch.overdue(OFFER_PATIENCE_MS)).toMatchObject([
      { file: 'bootnetx64.efi', offeredAt: 0, leasedFrom: '192.0.2.1' },
    ]);
    watch.offered(client(), 'bootnetx64.efi', OFFER_PATIENCE_MS);
    expect(overdue(watch, 3 * OFFER_PATIENCE_MS)).toEqual([]);
    expect(watch.ignored).toHaveLength(1);
  });

  it('counts from the first of repeated offers', () => {
    const watch = offered();
    watch.offered(client(), 'bootnetx64.efi', OFFER_PATIENCE_MS - 1);
    expect(overdue(watch)).toEqual([MAC]);
  });

  it.each<[string, (watch: OfferWatch) => void]>([
    [
      'requests a file from the address of its lease',
      (watch) => {
        watch.loadedAt('192.0.2.50');
      },
    ],
    [
      'asks on port 4011',
      (watch) => {
        watch.loaded(MAC);
      },
    ],
  ])('does not report a machine that %s, now or later', (_title, load) => {
    const soon = offered();
    soon.leaseRequested(LEASE);
    load(soon);
    expect(overdue(soon)).toEqual([]);

    const late = offered();
    late.leaseRequested(LEASE);
    expect(overdue(late)).toEqual([MAC]);
    load(late);
    expect(late.ignored).toEqual([]);
  });

  it('follows a machine that requests another address', () => {
    const watch = offered();
    watch.leaseRequested(LEASE);
    watch.leaseRequested({ ...LEASE, requested: undefined });
    watch.leaseRequested({ ...LEASE, requested: '192.0.2.51' });
    watch.loadedAt('192.0.2.50');
    expect(overdue(watch)).toEqual([MAC]);
    watch.loadedAt('192.0.2.51');
    expect(watch.ignored).toEqual([]);
  });

  it('ignores machines that have not been offered anything', () => {
    const watch = new OfferWatch();
    watch.leaseRequested(LEASE);
    watch.loaded(MAC);
    watch.loadedAt('192.0.2.50');
    expect(overdue(watch)).toEqual([]);
  });

  it('forgets the oldest machine under a flood', () => {
    const watch = offered();
    for (let number = 0; number < 5000; number++) {
      watch.offered(client(`02:00:00:00:00:${number}`), 'lpxelinux.0', 1);
    }
    expect(overdue(watch, 2 * OFFER_PATIENCE_MS)).toHaveLength(1024);
    expect(watch.ignored.some((offer) => offer.client.mac === MAC)).toBe(false);
  });
});
