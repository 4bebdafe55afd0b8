import { describe, expect, it } from 'vitest';

import {
  afterEvent,
  armed,
  bootWith,
  EXPIRES_AFTER_MS,
  type Install,
  type InstallEvent,
  isActive,
  MAX_STARTS,
  SILENCE_MS,
} from './install.js';

const T0 = 1_000_000;
const address = '10.0.0.5';

function anInstall(retries = 0): Install {
  const facts = { id: '01'.repeat(8), key: '02'.repeat(32), host: 'web1', profile: 'web', retries };
  return armed(facts, 'anna', T0, T0 + EXPIRES_AFTER_MS);
}

/** Applies events one second apart; each must be accepted. */
function after(install: Install, ...events: readonly InstallEvent[]): Install {
  return events.reduce((before, event, index) => {
    const change = afterEvent(before, event, T0 + 1000 * (index + 1));
    expect(change).toMatchObject({ ok: true });
    return change.ok ? change.install : before;
  }, install);
}

const start = (boot: string): InstallEvent => ({ type: 'start', boot, address });
const preseed = (token = 't'): InstallEvent => ({ type: 'preseed', token, address });
const done: InstallEvent = { type: 'done', address };
const seen: InstallEvent = { type: 'seen', address };

describe('an installation', () => {
  it('goes from armed to installed, and records who did what', () => {
    const end = after(anInstall(), start('a'), preseed(), seen, done);
    expect(end.state).toBe('installed');
    expect(end.steps.map(({ state, by }) => `${state} ${by}`)).toEqual([
      'armed anna',
      ...['started 10.0.0.5', 'started 10.0.0.5', 'installed 10.0.0.5'],
    ]);
    expect(bootWith(end, T0)).toBe('local');
    expect(isActive(end)).toBe(false);
  });

  it('counts all requests from one menu as one start', () => {
    const once = after(anInstall(), start('a'));
    expect(after(once, start('a'), start('a'))).toBe(once);
  });

  it('may be started four times before the preseed is requested, and then shows the menu', () => {
    let install = anInstall();
    for (let boot = 1; boot <= MAX_STARTS; boot++) {
      expect(bootWith(install, T0)).toBe('install');
      install = after(install, start(String(boot)));
    }
    expect(bootWith(install, T0)).toBe('menu');
    expect(afterEvent(install, start('5'), T0)).toMatchObject({ ok: false });
  });

  it('never restarts automatically once a machine has the preseed', () => {
    const install = after(anInstall(), start('a'), preseed());
    expect(bootWith(install, T0)).toBe('menu');
    expect(afterEvent(install, start('b'), T0)).toEqual({
      ok: false,
      reason: 'the installation is started, and does not start again',
    });
    const late = T0 + SILENCE_MS + 5000;
    expect(bootWith(install, late)).toBe('menu');
    expect(afterEvent(install, start('b'), late)).toMatchObject({ ok: false });
  });

  it('starts again as often as its retries allow', () => {
    const first = after(anInstall(1), start('a'), preseed());
    expect(bootWith(first, T0)).toBe('install');
    const second = after(first, start('b'), preseed('u'));
    expect(second).toMatchObject({ retries: 0, starts: 1, preseed: { token: 'u' } });
    expect(bootWith(second, T0)).toBe('menu');
    const failed = after(first, start('b'));
    expect(bootWith({ ...failed, state: 'failed' }, T0)).toBe('menu');
  });

  it('hands out the preseed again to the same address with the same token, for ten minutes', () => {
    const install = after(anInstall(), start('a'), preseed());
    const at = T0 + 2000;
    expect(afterEvent(install, preseed(), at + 9 * 60_000)).toEqual({ ok: true, install });
    for (const [event, time] of [
      [preseed(), at + 11 * 60_000],
      [preseed('other'), at],
      [{ type: 'preseed', token: 't', address: '10.0.0.6' }, at],
    ] as const) {
      expect(afterEvent(install, event, time)).toMatchObject({ ok: false });
    }
  });

  it('hands out no preseed before a start', () => {
    expect(afterEvent(anInstall(), preseed(), T0)).toEqual({
      ok: false,
      reason: 'the installation is armed',
    });
  });

  it('accepts reports only from the address that has the preseed', () => {
    const install = after(anInstall(), start('a'), preseed());
    expect(afterEvent(install, { ...done, address: '10.0.0.6' }, T0)).toMatchObject({ ok: false });
    expect(afterEvent(after(anInstall(), start('a')), done, T0)).toMatchObject({ ok: false });
    expect(afterEvent(after(install, done), done, T0)).toMatchObject({ ok: false });
  });

  it('fails after half an hour of silence, and is installed by a late report', () => {
    const install = after(anInstall(), start('a'), preseed());
    const late = T0 + SILENCE_MS + 5000;
    const failed = afterEvent(install, { type: 'tick' }, late);
    expect(failed).toMatchObject({ ok: true, install: { state: 'failed' } });
    expect(afterEvent(install, seen, late)).toMatchObject({ install: { state: 'failed' } });
    expect(afterEvent(install, done, late)).toMatchObject({ install: { state: 'installed' } });
    const mute = afterEvent(after(anInstall(), start('a')), { type: 'tick' }, late);
    expect(mute).toMatchObject({ install: { state: 'failed' } });
    expect(mute.ok && mute.install.steps.at(-1)?.note).toMatch(/preseed was not requested/);
  });

  it('expires after a day', () => {
    const install = anInstall();
    expect(bootWith(install, T0 + EXPIRES_AFTER_MS - 1)).toBe('install');
    expect(bootWith(install, T0 + EXPIRES_AFTER_MS)).toBe('own');
    expect(afterEvent(install, start('a'), T0 + EXPIRES_AFTER_MS)).toMatchObject({ ok: false });
    expect(bootWith(armed(install, 'pxeboot.yaml', T0), T0 * 1000)).toBe('install');
  });

  it('can be cancelled once, at any time', () => {
    const cancel: InstallEvent = { type: 'cancel', by: 'bert', note: 'no' };
    const cancelled = after(anInstall(), start('a'), cancel);
    expect(bootWith(cancelled, T0)).toBe('own');
    expect(afterEvent(cancelled, cancel, T0)).toMatchObject({ ok: false });
    expect(afterEvent(cancelled, start('a'), T0)).toMatchObject({ ok: false });
    expect(cancelled.steps.at(-1)).toMatchObject({ by: 'bert', note: 'no' });
  });
});
