/**
 * Views of resizable buffers, tested separately from those of detached ones: once Node.js 20 has compiled
 * code for views of resizable buffers, that code reads a stale length from views of detached ones.
 */
import { describe, it } from 'vitest';

import { expectOnlyOwnBytes } from './support/own-bytes.js';

describe('native socket', () => {
  it('sends only the bytes of resizable buffers', () => expectOnlyOwnBytes(['own', 'resizable']));
});
