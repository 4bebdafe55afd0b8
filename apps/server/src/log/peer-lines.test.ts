import { pino } from 'pino';
import { describe, expect, it } from 'vitest';

import { type BootClient } from '@pxe/dhcp-protocol/node';

import { configSchema } from '../config/schema.js';
import { NetworkWatch } from '../dhcp/network-watch.js';
import { OFFER_PATIENCE_MS } from '../dhcp/offer-watch.js';
import { HostIndex } from '../installs/host-index.js';
import { HostPreseeds } from '../installs/host-preseeds.js';
import { createInstallService } from '../installs/install-service.js';
import { typedTemplate } from '../installs/preseed.js';
import { bootLines } from '../machines/boot-lines.js';
import { type Boot } from '../machines/boot.js';
import { createPostgresEngine } from '../state/postgres/postgres-engine.js';
import { createBootEvents } from './events.js';

/** Returns a log that counts its lines by their event, and the limiter of the daemon. */
function countedLog() {
  const counts = new Map<string, number>();
  const write = (text: string): void => {
    const { event } = JSON.parse(text) as { event: string };
    counts.set(event, (counts.get(event) ?? 0) + 1);
  };
  const logger = pino({}, { write });
  return { logger, counts, ...createBootEvents(logger) };
}

/** Returns a different MAC address for each number. */
const mac = (index: number): string => `02:00:00:00:${hex(index >> 8)}:${hex(index & 0xff)}`;
const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

describe('log lines that peers can cause', () => {
  it('are limited for boots, since one host can pretend to be many machines', () => {
    const { logger, counts, admitsLine } = countedLog();
    const report = bootLines(logger, admitsLine);
    for (let id = 1; id <= 12_000; id += 1) {
      const boot: Boot = {
        ...{ id, address: '192.0.2.5', mac: mac(id), startedAt: 0, lastSeenAt: 1 },
        ...{ stages: [], refused: [], machinesAtAddress: 1, proven: true, outcome: 'menu' },
      };
      report({ type: 'ended', boot });
    }
    expect(counts.get('boot.ended')).toBeGreaterThanOrEqual(10_000);
    expect(counts.get('boot.ended')).toBeLessThan(12_000);
  });

  it('are limited for offers that made-up machines ignore', () => {
    const { logger, counts, admitsLine } = countedLog();
    const watch = new NetworkWatch({
      ...{ link: 'eth0', isOwn: () => false, plan: () => undefined, logger, admitsLine },
    });
    const machines = Array.from({ length: 500 }, (_none, index): BootClient => {
      const firmware = { vendorClass: 'PXEClient', program: 'firmware', firmware: 'uefi' } as const;
      return { mac: mac(index), ...firmware, architecture: 7, cpu: 'x64', uuid: undefined };
    });
    for (const client of machines) {
      watch.offered(client, 'bootnetx64.efi', 0);
    }
    watch.reportIgnored(OFFER_PATIENCE_MS);
    expect(counts.get('dhcp.offer-ignored')).toBeGreaterThanOrEqual(10);
    expect(counts.get('dhcp.offer-ignored')).toBeLessThan(100);
    expect(watch.ignoring(OFFER_PATIENCE_MS)).toHaveLength(500);
  });

  it('are limited for preseeds with errors, which each menu repeats', () => {
    const { logger, counts, admitsLine } = countedLog();
    const { unknown } = configSchema.parse({});
    const context = {
      settings: () => ({ hosts: [], unknown, templates: new Map(), entries: [], kernelArgs: '' }),
      ...{ logger, admitsLine, now: Date.now },
    };
    const preseeds = new HostPreseeds(context, new HostIndex([]));
    const template = typedTemplate({ timezone: '{{mac}}' }, undefined);
    for (let index = 0; index < 500; index += 1) {
      const install = {
        ...{ id: '0'.repeat(16), host: mac(index), profile: 'web', state: 'armed' as const },
        ...{ retries: 0, key: '0'.repeat(64), starts: 0, steps: [] },
      };
      expect(preseeds.render(template, install)).toBeUndefined();
    }
    expect(counts.get('install.preseed-invalid')).toBeGreaterThanOrEqual(10);
    expect(counts.get('install.preseed-invalid')).toBeLessThan(100);
  });

  it('are limited for installations while the database is unavailable', async () => {
    const { logger, counts, admitsLine } = countedLog();
    // Nothing listens on this port.
    const engine = createPostgresEngine('postgres://pxeboot@127.0.0.1:1/postgres');
    const { unknown } = configSchema.parse({});
    const service = createInstallService({
      settings: { hosts: [], unknown, templates: new Map(), entries: [], kernelArgs: '' },
      ...{ logger, admitsLine, isShared: true },
    });
    service.use(engine.db);
    const starts = Array.from({ length: 200 }, (_none, index) =>
      service.start('0'.repeat(32), `192.0.2.${index}`),
    );
    for (const reason of await Promise.all(starts)) {
      expect(reason).toContain('the database is unavailable');
    }
    // One for reads in the background, and one for the starts.
    expect(counts.get('install.state-unavailable')).toBeLessThanOrEqual(2);
    service.close();
    await engine.close();
  });
});
