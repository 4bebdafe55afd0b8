import { describe, expect, it } from 'vitest';

import { parseSettings } from './check.js';
import { configKeys } from './keys.js';
import { configChange, originsInForce, RESTART_KEYS } from './restart-keys.js';

describe('configChange', () => {
  it('states for every key whether a running daemon can change it', () => {
    // Parts that use such a key must read it for each request; otherwise, the key needs a restart.
    const live = configKeys()
      .map(({ path }) => path)
      .filter((path) => !RESTART_KEYS.has(path));
    expect(live).toMatchInlineSnapshot(`
      [
        "advertise",
        "images",
        "firmware",
        "source.kind",
        "source.url",
        "source.dailyUrl",
        "source.path",
        "source.keyring",
        "source.keyringMode",
        "source.ca",
        "source.trust",
        "source.dangerouslyAcceptExpiredRelease",
        "refresh.interval",
        "refresh.jitter",
        "refresh.settle",
        "tftp.maxWindowSize",
        "tftp.quirks",
        "http.mirror",
        "admin.token",
        "admin.tokenFile",
        "admin.readToken",
        "admin.readTokenFile",
        "admin.hosts",
        "admin.grafanaUrl",
        "syslog.listen",
        "access.allow",
        "menu.title",
        "menu.timeout",
        "menu.default",
        "menu.stale",
        "menu.entries",
        "kernelArgs",
        "hosts",
        "unknown.boot",
        "unknown.profile",
        "profiles",
        "hooks",
        "state.url",
        "drain.lameDuck",
        "drain.timeout",
        "log.level",
        "log.format",
      ]
    `);
    const known = configKeys().map(({ path }) => path);
    expect([...RESTART_KEYS].filter((key) => !known.includes(key))).toEqual([]);
  });

  it('keeps the values in force for keys that need a restart', () => {
    const current = parseSettings({ tftp: { listen: ['192.0.2.1'], portRange: '100-200' } });
    const next = parseSettings({
      dataDir: '/srv',
      menu: { title: 'Rack 2' },
      tftp: { listen: ['192.0.2.2'], maxWindowSize: 8 },
      state: { url: 'postgres://db.example/pxeboot' },
    });
    const { config, changed, needRestart } = configChange(current, next);
    expect(changed).toEqual(['tftp.maxWindowSize', 'menu.title']);
    expect(needRestart).toEqual(['dataDir', 'tftp.listen', 'tftp.portRange', 'state']);
    expect(config).toEqual({
      ...current,
      menu: next.menu,
      tftp: { ...current.tftp, maxWindowSize: 8 },
    });
  });

  it('keeps the origins of such keys', () => {
    const current = new Map([
      ['menu.title', 'pxeboot.yaml:1'],
      ['state.url', 'PXEBOOT_STATE_URL'],
    ]);
    const next = new Map([
      ['menu.timeout', 'pxeboot.yaml:2'],
      ['state.url', 'pxeboot.yaml:3'],
    ]);
    expect([...originsInForce(current, next, ['state'])]).toEqual([
      ['menu.timeout', 'pxeboot.yaml:2'],
      ['state.url', 'PXEBOOT_STATE_URL'],
    ]);
  });

  it('finds no difference between equal configurations', () => {
    const config = parseSettings({ images: ['trixie'] });
    expect(configChange(config, structuredClone(config))).toEqual({
      config,
      changed: [],
      needRestart: [],
    });
  });
});
