import { expect, it } from 'vitest';
import { utf8Length } from './text.js';

it('utf8Length counts the bytes of one to four byte characters and of lone surrogates', () => {
  for (const text of ['', 'abc', 'é', '€', '😀', 'a€😀\u0000']) {
    expect(utf8Length(text)).toBe(Buffer.byteLength(text));
  }
  expect(utf8Length('\ud800')).toBe(3);
});
