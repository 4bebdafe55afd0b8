import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { pino } from 'pino';
import { describe, expect, it } from 'vitest';

/** Tests the daemon as a library, imported as its users do: the built package, by its name. */
import { ConfigError, startDaemon } from '@pxe/server';
import { lacks } from '@pxe/test-host';

import { TEST_STORE } from './support/test-store.js';

const LOOPBACK = { listen: ['127.0.0.1:0'] };

const PLANES = { tftp: LOOPBACK, http: LOOPBACK, admin: LOOPBACK };

describe('startDaemon', () => {
  it.skipIf(lacks('apt-get'))(
    'serves a store until drained, applies new settings, and uses the given logger',
    async () => {
      const lines: string[] = [];
      const logger = pino({ base: null }, { write: (line: string) => void lines.push(line) });
      const daemon = await startDaemon(
        { ...PLANES, dataDir: TEST_STORE, drain: { lameDuck: '0s' } },
        { logger },
      );
      const url = `http://${daemon.addresses.http[0]}/lpxelinux.0`;

      const answer = await fetch(url);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const reloaded = await daemon.reload({
        ...PLANES,
        admin: { listen: ['127.0.0.2:0'] },
        dataDir: TEST_STORE,
        menu: { title: 'Rack 2' },
      });
      const menu = await fetch(`http://${daemon.addresses.http[0]}/pxelinux.cfg/default`);
      expect(await menu.text()).toContain('MENU TITLE Rack 2');
      await daemon.drain();

      expect(reloaded).toEqual({ changed: ['menu.title'], needRestart: ['admin.listen'] });

      expect(answer.status).toBe(200);
      expect(bytes.length).toBeGreaterThan(10_000);
      await expect(fetch(url)).rejects.toThrow();
      const events = lines.map((line) => (JSON.parse(line) as { event: string }).event);
      expect(events).toContain('serve.ready');
      expect(events.at(-1)).toBe('serve.stopped');
    },
  );

  it('leaves no control socket behind when it is drained at once', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'pxeboot-start-daemon-'));
    const settings = { ...PLANES, dataDir, drain: { lameDuck: '0s', timeout: '0s' } };
    const source = { kind: 'directory', path: join(dataDir, 'missing') } as const;
    try {
      for (const state of ['off', 'on'] as const) {
        const daemon = await startDaemon({ ...settings, source, state });
        await daemon.drain();
        await delay(100);
        expect(readdirSync(dataDir)).not.toContain('pxeboot.sock');
      }
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });

  it('refuses invalid settings with every problem', async () => {
    const settings = { tftp: { listen: ['nowhere'] }, http: { listen: ['*:x'] } };

    const failure = await startDaemon(settings).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(ConfigError);
    expect((failure as ConfigError).problems.map(({ key }) => key)).toEqual([
      'tftp.listen[0]',
      'http.listen[0]',
    ]);
  });
});
