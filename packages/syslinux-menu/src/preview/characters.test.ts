import { expect, it } from 'vitest';
import { screenText } from './characters.js';

it('screenText shows each byte of the UTF-8 form in code page 437', () => {
  expect(screenText('plain ^text~')).toBe('plain ^text~');
  expect(screenText('é')).toBe('├⌐');
  expect(screenText('€')).toBe('Γé¼');
  expect(screenText('😀')).toBe('≡ƒÿÇ');
});
