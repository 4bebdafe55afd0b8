import { describe, expect, it } from 'vitest';

import { withoutCredentials } from './credentials.js';

describe('withoutCredentials', () => {
  it.each([
    ['http://user:secret@mirror.example/debian', 'http://***@mirror.example/debian'],
    ['http://user@mirror.example/debian', 'http://***@mirror.example/debian'],
    ['https://u:p@ss@mirror.example/', 'https://***@mirror.example/'],
    ['["http://a:b@c/d","http://e:f@g/h"]', '["http://***@c/d","http://***@g/h"]'],
    ['cannot reach http://a:b@c: no route', 'cannot reach http://***@c: no route'],
  ])('hides them in %s', (text, shown) => {
    expect(withoutCredentials(text)).toBe(shown);
  });

  it.each([
    'http://ftp.debian.org/debian',
    'http://mirror.example/a@b',
    'http://mirror.example/?to=a@b',
    'mail to someone@example.org',
    'apt: 12% [1 InRelease] @ 3 MB/s',
  ])('leaves %s as it is', (text) => {
    expect(withoutCredentials(text)).toBe(text);
  });
});
