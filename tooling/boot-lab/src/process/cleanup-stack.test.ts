import { describe, expect, it } from 'vitest';

import { CleanupStack } from './cleanup-stack.js';

describe('CleanupStack', () => {
  it('undoes everything once, in reverse order, despite failures', async () => {
    const done: string[] = [];
    const stack = new CleanupStack();
    stack.add('first', () => Promise.resolve(done.push('first')));
    stack.add('second', () => Promise.reject(new Error('stuck')));
    stack.add('third', () => Promise.resolve(done.push('third')));
    expect(await stack.unwind()).toEqual(['second: stuck']);
    expect(done).toEqual(['third', 'first']);
    expect(await stack.unwind()).toEqual([]);
  });
});
