import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type BootEvents } from '../log/events.js';
import { type Finding, type Rule } from './finding.js';
import { checkOnNewAddresses, createSelfCheck, type SelfCheck } from './self-check.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const finding = (rule: Rule, what = `${rule} is wrong`): Finding => ({
  rule,
  severity: 'warning',
  what,
  why: 'It matters.',
  fix: 'Fix it.',
  evidence: [],
});

describe('createSelfCheck', () => {
  let found: readonly Finding[] | Error;
  let looks: number;
  let lines: string[];
  let selfCheck: SelfCheck;

  beforeEach(() => {
    vi.useFakeTimers();
    found = [];
    looks = 0;
    lines = [];
    const write = (line: string): void => {
      lines.push((JSON.parse(line) as { msg: string }).msg);
    };
    selfCheck = createSelfCheck({
      look: () => {
        looks += 1;
        return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
      },
      logger: pino({}, { write }),
    });
  });

  afterEach(() => {
    selfCheck.close();
    vi.useRealTimers();
  });

  it('checks immediately and then every hour, and logs nothing if all is well', async () => {
    expect(selfCheck.result).toEqual({ checkedAt: undefined, findings: [] });
    await vi.advanceTimersByTimeAsync(1);
    expect(looks).toBe(1);
    expect(selfCheck.result.checkedAt).toBeDefined();
    await vi.advanceTimersByTimeAsync(HOUR_MS - MINUTE_MS);
    expect(looks).toBe(1);
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(looks).toBe(2);
    expect(lines).toEqual([]);
  });

  it('logs each finding once, with its reason and fix, and logs when it is resolved', async () => {
    found = [finding('disk-full'), finding('own-ports')];
    await vi.advanceTimersByTimeAsync(1);
    const both = [
      'disk-full is wrong. It matters. Fix it.',
      'own-ports is wrong. It matters. Fix it.',
    ];
    expect(lines).toEqual(both);
    found = [finding('disk-full', 'less is left')];
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(lines.slice(2)).toEqual(['resolved: own-ports is wrong']);
    expect(selfCheck.result.findings).toEqual(found);
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    expect(lines).toHaveLength(3);
  });

  it('logs a rule that comes and goes only once a day', async () => {
    for (let minute = 0; minute < 20; minute += 1) {
      found = minute % 2 === 0 ? [finding('disk-full')] : [];
      await selfCheck.check();
    }
    expect(lines).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(DAY_MS);
    found = [finding('disk-full')];
    await selfCheck.check();
    expect(lines).toHaveLength(3);
  });

  it('logs once that it cannot check, and keeps trying', async () => {
    found = new Error('EIO');
    await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
    expect(lines).toEqual(['this host cannot be checked: EIO']);
    expect(looks).toBeGreaterThan(3);
    found = [finding('disk-full')];
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(selfCheck.result.findings).toEqual(found);
  });

  it('checks again on request while a check is running', async () => {
    const first = selfCheck.check();
    found = [finding('disk-full')];
    await Promise.all([first, selfCheck.check()]);
    expect(looks).toBe(2);
    expect(selfCheck.result.findings).toEqual(found);
  });

  it('neither logs nor checks anything once it is closed', async () => {
    found = [finding('disk-full')];
    const last = selfCheck.check();
    selfCheck.close();
    await last;
    await selfCheck.check();
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    expect(looks).toBe(1);
    expect(lines).toEqual([]);
  });
});

describe('checkOnNewAddresses', () => {
  it('checks when TFTP starts or stops listening on an address, and passes every event on', () => {
    const local = { address: '192.0.2.1', port: 69, family: 'IPv4' } as const;
    const passed: unknown[] = [];
    const other = (): void => undefined;
    const events: BootEvents = {
      tftp: (event, isProbe) => passed.push([event.type, isProbe]),
      dhcp: other,
      httpRequest: other,
      sourceDenied: (plane, address) => passed.push([plane, address]),
      limitReached: other,
      requestRejected: other,
      unexpectedError: other,
    };
    let checks = 0;
    const watched = checkOnNewAddresses(events, () => {
      checks += 1;
    });
    watched.tftp({ type: 'listening', local });
    expect(checks).toBe(1);
    watched.tftp({ type: 'sourceDenied', address: '192.0.2.9' }, true);
    expect(checks).toBe(1);
    watched.tftp({ type: 'stoppedListening', local });
    expect(checks).toBe(2);
    watched.sourceDenied('http', '192.0.2.9');
    expect(passed).toEqual([
      ['listening', undefined],
      ['sourceDenied', true],
      ['stoppedListening', undefined],
      ['http', '192.0.2.9'],
    ]);
  });
});
