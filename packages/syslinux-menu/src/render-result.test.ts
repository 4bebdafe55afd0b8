import { expect, it } from 'vitest';
import { MenuError } from './errors.js';
import { expectRendered, renderResult } from './render-result.js';

it('expectRendered gives the text or throws with every finding', () => {
  expect(expectRendered(renderResult('text\n', []))).toBe('text\n');
  const error = { severity: 'error', code: 'a', message: 'is bad', path: 'items[0]' } as const;
  const note = { severity: 'note', code: 'b', message: 'by the way' } as const;
  const result = renderResult('text\n', [note, error]);
  expect(result).toEqual({ ok: false, diagnostics: [note, error] });
  try {
    expectRendered(result);
    expect.unreachable();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(MenuError);
    expect(thrown).toMatchObject({
      code: 'ERR_MENU_INVALID',
      message: 'the menu cannot be rendered: items[0]: error: is bad [a]',
      diagnostics: [note, error],
    });
  }
});
