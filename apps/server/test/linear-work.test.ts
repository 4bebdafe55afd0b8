import fresh from 'fresh';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';

import { plainAddress } from '../src/access/allow-list.js';
import { withoutCredentials } from '../src/config/credentials.js';
import { parseConfigFile } from '../src/config/parse-file.js';
import { matchesVersion, requestedRange } from '../src/http/requested-range.js';
import { createBootEvents } from '../src/log/events.js';
import { logicalPath, requestPath } from '../src/namespace/logical-path.js';

/**
 * Length of the texts in characters, far more than that of a request: quadratic work takes half a minute,
 * linear work a millisecond.
 */
const LENGTH = 256 * 1024;

/** Maximum CPU time of a call, in milliseconds; other programs only affect wall time. */
const CPU_BOUND_MS = 1_000;

const SHAPES: readonly (readonly [unit: string, end: string])[] = [
  ['a.', ''],
  ['a:', ''],
  ['://', ''],
  ['a://', ''],
  ['http://a@', ''],
  ['http://a"', ''],
  ['/', ''],
  ['\\', ''],
  ['./', ''],
  ['%', ''],
  ['%2f', ''],
  ['%ff', ''],
  ['\xff', 'x'],
  ['\ufffd', 'x'],
  ['"', ','],
  ['0-0,', ''],
  [' ', 'x'],
  [',', ''],
  ['revocations', ''],
  ['.efi', ''],
  ['::ffff:', ''],
];

const etag = `"${'a'.repeat(64)}"`;
const silent = createBootEvents(pino({ level: 'info' }, { write: () => undefined }));

const ENTRY_POINTS: Readonly<Record<string, (text: string) => unknown>> = {
  'TFTP file name': logicalPath,
  'HTTP request target': requestPath,
  'Range header': (text) => requestedRange({ range: `bytes=${text}` }, etag, 1_000_000),
  'Range suffix': (text) => requestedRange({ range: `bytes=-${text}` }, etag, 1_000_000),
  'If-Match header': (text) => matchesVersion(text, etag),
  'If-None-Match header': (text) => fresh({ 'if-none-match': text }, { etag }),
  'Cache-Control header': (text) =>
    fresh({ 'if-none-match': etag, 'cache-control': text }, { etag }),
  'log mask': withoutCredentials,
  'peer address': plainAddress,
  'HTTP request in the log': (text) => {
    silent.httpRequest({
      method: 'GET',
      path: text,
      status: 404,
      bytes: 0,
      aborted: false,
      reason: undefined,
      client: '192.0.2.1',
      userAgent: text,
      durationMs: 1,
    });
  },
};

describe.each(Object.entries(ENTRY_POINTS))('work on a hostile %s', (_name, entryPoint) => {
  it.each(SHAPES)('is linear in a run of %j', (unit, end) => {
    const text = unit.repeat(Math.ceil(LENGTH / unit.length)) + end;
    const before = process.cpuUsage();
    entryPoint(text);
    const { user } = process.cpuUsage(before);
    expect(user / 1000).toBeLessThan(CPU_BOUND_MS);
  });
});

describe('work on a long configuration', () => {
  it('is linear in the number of keys to find', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `k${index}`);
    const text = `profiles:\n${names.map((name) => `  ${name}: 1\n`).join('')}`;
    const file = parseConfigFile('pxeboot.yaml', text);
    const before = process.cpuUsage();
    const lines = names.map((name) => file.sourceOf(['profiles', name, 'locale']));
    const { user } = process.cpuUsage(before);
    expect(lines).toEqual(names.map((_name, index) => `pxeboot.yaml:${index + 2}`));
    expect(user / 1000).toBeLessThan(CPU_BOUND_MS);
  });
});
