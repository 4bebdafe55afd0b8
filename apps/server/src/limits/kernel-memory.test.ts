import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { KernelMemory } from './kernel-memory.js';

const KIB = 1024;
const MAX = 1024 * KIB;

describe('KernelMemory', () => {
  let used: number;
  let relieved: number[];
  let errors: unknown[];
  let memory: KernelMemory;

  beforeEach(() => {
    vi.useFakeTimers();
    used = 0;
    relieved = [];
    errors = [];
    memory = new KernelMemory({
      maxBytes: MAX,
      read: () => used,
      relieve: (fraction) => relieved.push(fraction),
      onError: (error) => errors.push(error),
    });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('lets pieces through immediately until they may have filled the budget, then reads the actual usage', () => {
    for (let piece = 0; piece < 8; piece++) {
      expect(memory.take('a')).toBeUndefined();
    }
    used = MAX / 2;
    expect(memory.take('a')).toBeUndefined();
    expect(memory.waiting).toBe(0);
  });

  it('delays pieces while the budget is used up, and lets sources take turns', async () => {
    used = MAX;
    for (let piece = 0; piece < 8; piece++) {
      void memory.take('before');
    }
    const order: string[] = [];
    const waiting = ['a', 'a', 'a', 'b'].map(async (source) => {
      await memory.take(source);
      order.push(source);
    });
    await vi.advanceTimersByTimeAsync(200);
    expect(order).toEqual([]);
    used = MAX - 256 * KIB;
    await vi.advanceTimersByTimeAsync(50);
    expect(order).toEqual(['a', 'b']);
    used = 0;
    await vi.advanceTimersByTimeAsync(50);
    await Promise.all(waiting);
    expect(memory.waiting).toBe(0);
    expect(relieved).toEqual([]);
  });

  it('closes connections when clients hold the memory for half a second', async () => {
    used = 2 * MAX;
    for (let piece = 0; piece < 9; piece++) {
      void memory.take('a');
    }
    await vi.advanceTimersByTimeAsync(500);
    expect(relieved).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(relieved[0]).toBeCloseTo((2 - 1 / 2) / 2);
    used = 0;
    await vi.advanceTimersByTimeAsync(50);
    const times = relieved.length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(relieved).toHaveLength(times);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('reports once that the memory cannot be read, and delays nothing after that', () => {
    const failing = new KernelMemory({
      maxBytes: MAX,
      read: () => {
        throw new Error('ENODEV');
      },
      relieve: () => undefined,
      onError: (error) => errors.push(error),
    });
    for (let piece = 0; piece < 100; piece++) {
      vi.advanceTimersByTime(100);
      expect(failing.take('a')).toBeUndefined();
    }
    expect(errors).toHaveLength(1);
  });

  it('delays no burst once the memory cannot be read, and releases the waiting pieces', async () => {
    let read = (): number => 2 * MAX;
    const failing = new KernelMemory({
      maxBytes: MAX,
      read: () => read(),
      relieve: (fraction) => relieved.push(fraction),
      onError: (error) => errors.push(error),
    });
    const waiting: (Promise<void> | undefined)[] = [];
    for (let piece = 0; piece < 20; piece++) {
      waiting.push(failing.take('a'));
    }
    expect(failing.waiting).toBe(12);
    read = () => {
      throw new Error('ENODEV');
    };
    await vi.advanceTimersByTimeAsync(50);
    await waiting.at(-1);
    expect(failing.waiting).toBe(0);

    for (let piece = 0; piece < 100; piece++) {
      expect(failing.take('a')).toBeUndefined();
    }
    expect(errors).toHaveLength(1);
    expect(relieved).toEqual([]);
  });
});
