import { describe, expect, it } from 'vitest';

import {
  lineWithoutCredentials,
  valueWithoutCredentials,
  withoutCredentials,
} from './credentials.js';

describe('withoutCredentials', () => {
  it.each([
    ['http://user:secret@mirror.example/debian', 'http://***@mirror.example/debian'],
    ['http://user@mirror.example/debian', 'http://***@mirror.example/debian'],
    ['https://u:p@ss@mirror.example/', 'https://***@mirror.example/'],
    ['["http://a:b@c/d","http://e:f@g/h"]', '["http://***@c/d","http://***@g/h"]'],
    ['cannot reach http://a:b@c: no route', 'cannot reach http://***@c: no route'],
    ['http://user:two words@mirror.example/', 'http://***@mirror.example/'],
    [`http://user:it's@mirror.example/`, 'http://***@mirror.example/'],
    ['http://user:a"b@mirror.example/', 'http://***@mirror.example/'],
    ['["http://user:a\\"b@mirror.example/"]', '["http://***@mirror.example/"]'],
    ['["http://user:a\\nb\\tc@mirror.example/"]', '["http://***@mirror.example/"]'],
    ['http:/u:p@mirror/x', 'http:/***@mirror/x'],
    ['http:u:p@mirror/x', 'http:***@mirror/x'],
    ['HTTP://u:p@mirror/x', 'HTTP://***@mirror/x'],
    ['http:\\\\u:p@mirror\\x', 'http:\\\\***@mirror\\x'],
    ['http:\\/u:p@mirror', 'http:\\/***@mirror'],
    ['http:////u:p@mirror', 'http:////***@mirror'],
    ['"http:\\\\\\\\u:p@mirror"', '"http:\\\\\\\\***@mirror"'],
    ['http:\n//u:p@mirror', 'http:\n//***@mirror'],
    ['ht\ttp://u:p@mirror', 'ht\ttp://***@mirror'],
    ['http://u:p\\u{a}q@mirror', 'http://***@mirror'],
    ['http://u:p\nq@mirror', 'http://***@mirror'],
    ['tor+http://u:p@mirror', 'tor+http://***@mirror'],
    ['http://u:p/q@mirror/debian x@y', 'http://***@mirror/debian x@y'],
    ['http://u:p?q#r@mirror/debian', 'http://***@mirror/debian'],
    ['[http://mirror] http://u:p@mirror', '[http://mirror] http://***@mirror'],
    ['http://mirror:80, then http:u:p@mirror', 'http://***@mirror'],
    ['http://mirror: status 500 http:u:p@mirror', 'http://***@mirror'],
    ['x http:x http://u:p@mirror', 'x http:x http://***@mirror'],
  ])('hides credentials in %j', (text, shown) => {
    expect(withoutCredentials(text)).toBe(shown);
  });

  it.each([
    'http://ftp.debian.org/debian',
    'http://mirror.example/a@b',
    'http://mirror.example:8080/a@b',
    'http://[2001:db8::1]:8080/a@b',
    'http://mirror.example/?to=a@b',
    'mail to someone@example.org',
    'error: someone@example.org',
    'apt: 12% [1 InRelease] @ 3 MB/s',
    'file:///srv/node_modules/undici@6/index.js',
    '://a@b',
  ])('leaves %j unchanged', (text) => {
    expect(withoutCredentials(text)).toBe(text);
  });

  it.each([
    'http://',
    'http:',
    'a:b/',
    'http:x:y/',
    'http:x:y/@ ',
    '@',
    'http:/@',
    'http:[',
    'http:[/',
    'http: ',
  ])('takes time in proportion to the length of %j repeated', (piece) => {
    const time = (count: number): number => {
      const text = `${piece.repeat(count)} @`;
      const start = process.cpuUsage();
      withoutCredentials(text);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    };
    time(1000);
    expect(time(200_000)).toBeLessThan(1000);
  });
});

describe('credentials in JSON', () => {
  const values = {
    url: 'http://user:a"b@mirror.example/',
    to: 'someone@example.org',
    path: 'C:\\"://',
    count: 3,
    nothing: null,
    causes: [{ 'http://u:p@mirror': 'http://u:p\u0001w@mirror' }],
  };
  const hidden = {
    ...values,
    url: 'http://***@mirror.example/',
    causes: [{ 'http://***@mirror': 'http://***@mirror' }],
  };

  it('are hidden in every text and name', () => {
    expect(valueWithoutCredentials(values)).toEqual(hidden);
    expect(lineWithoutCredentials(`${JSON.stringify(values)}\n`)).toBe(
      `${JSON.stringify(hidden)}\n`,
    );
  });

  it('are not searched for in a line without an @', () => {
    expect(lineWithoutCredentials('{"a":1.0}\n')).toBe('{"a":1.0}\n');
  });
});
