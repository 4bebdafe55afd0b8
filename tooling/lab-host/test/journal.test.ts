import { describe, expect, it } from 'vitest';

import { Journal } from '../src/journal.js';

describe('Journal', () => {
  const never = new AbortController().signal;

  it('finds entries added before and after the call', async () => {
    const journal = new Journal<number>();
    journal.append(1);
    expect(await journal.next(0, (n) => n === 1, never)).toEqual({ index: 0, value: 1 });
    const later = journal.next(1, (n) => n > 2, never);
    journal.append(2);
    journal.append(3);
    expect(await later).toEqual({ index: 2, value: 3 });
    expect(journal.entries).toEqual([1, 2, 3]);
  });

  it('rejects with the reason of the signal', async () => {
    const stop = new AbortController();
    const waiting = new Journal<number>().next(0, () => true, stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
