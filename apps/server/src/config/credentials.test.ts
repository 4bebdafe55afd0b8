import { describe, expect, it } from 'vitest';

import { withoutCredentials } from './credentials.js';

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
    ['{"url":"http://user:a\\"b@mirror.example/"}', '{"url":"http://***@mirror.example/"}'],
    ['["http://user:a\\nb\\tc@mirror.example/"]', '["http://***@mirror.example/"]'],
    ['{"url":"http://u:p w@mirror","to":"a@b"}', '{"url":"http://***@mirror","to":"a@b"}'],
  ])('hides credentials in %s', (text, shown) => {
    expect(withoutCredentials(text)).toBe(shown);
  });

  it.each([
    'http://ftp.debian.org/debian',
    'http://mirror.example/a@b',
    'http://mirror.example/?to=a@b',
    'mail to someone@example.org',
    'apt: 12% [1 InRelease] @ 3 MB/s',
    '{"url":"http://mirror.example","to":"someone@example.org"}',
    '{"path":"C:\\\\\\"://","to":"someone@example.org"}',
    '://a@b',
  ])('leaves %s unchanged', (text) => {
    expect(withoutCredentials(text)).toBe(text);
  });
});
