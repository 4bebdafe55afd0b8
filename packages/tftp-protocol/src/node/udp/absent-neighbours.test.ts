import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { AbsentNeighbours } from './absent-neighbours.js';

const HEAD = 'IP address       HW type     Flags       HW address            Mask     Device\n';
const ABSENT = '10.0.0.7         0x1         0x0         00:00:00:00:00:00     *        eth0\n';
const PRESENT = '10.0.0.8         0x1         0x2         52:54:00:12:34:56     *        eth0\n';
const ELSEWHERE = '10.0.0.7         0x1         0x2         52:54:00:12:34:57     *        eth1\n';

describe('AbsentNeighbours', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** Returns a function that returns the given neighbour tables in turn, and the last one from then on. */
  function listed(...tables: readonly string[]) {
    const left = [...tables];
    const read = vi.fn(() =>
      Promise.resolve(HEAD + ((left.length > 1 ? left.shift() : left[0]) ?? '')),
    );
    return { neighbours: new AbsentNeighbours(read), read };
  }

  it('asks the system only once a socket is stuck', async () => {
    const { neighbours, read } = listed(ABSENT + PRESENT);
    expect(neighbours.has('10.0.0.7')).toBe(false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(read).not.toHaveBeenCalled();

    neighbours.look();
    neighbours.look();
    await vi.advanceTimersByTimeAsync(0);
    expect(read).toHaveBeenCalledOnce();
    expect(['10.0.0.7', '10.0.0.8', '10.0.0.9'].map((one) => neighbours.has(one))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('treats a host that answers on one of several networks as present', async () => {
    for (const table of [ABSENT + ELSEWHERE, ELSEWHERE + ABSENT]) {
      const { neighbours } = listed(table);
      neighbours.look();
      await vi.advanceTimersByTimeAsync(0);
      expect(neighbours.has('10.0.0.7')).toBe(false);
    }
  });

  it('notices a host that comes up while there are datagrams for it', async () => {
    const { neighbours, read } = listed(ABSENT, ABSENT, ELSEWHERE);
    neighbours.look();
    await vi.advanceTimersByTimeAsync(0);
    expect(neighbours.has('10.0.0.7')).toBe(true);
    await vi.advanceTimersByTimeAsync(250);
    expect(neighbours.has('10.0.0.7')).toBe(true);
    await vi.advanceTimersByTimeAsync(250);
    expect(neighbours.has('10.0.0.7')).toBe(false);
    expect(read).toHaveBeenCalledTimes(3);
  });

  it('lets one datagram through to each host every 5 seconds, so that the system asks again', async () => {
    const { neighbours } = listed(ABSENT);
    neighbours.look();
    await vi.advanceTimersByTimeAsync(0);
    const passed: number[] = [];
    for (let ms = 0; ms < 12_000; ms += 100) {
      if (!neighbours.has('10.0.0.7')) {
        passed.push(ms);
      }
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(passed).toEqual([5_000, 10_000]);
  });

  it('remembers absent hosts during a pause of a flood', async () => {
    const { neighbours } = listed(ABSENT);
    neighbours.look();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(neighbours.has('10.0.0.7')).toBe(true);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(neighbours.has('10.0.0.7')).toBe(false); // the datagram that passes every 5 seconds
    expect(neighbours.has('10.0.0.7')).toBe(true);
  });

  it('stops asking after 5 seconds with nothing for an absent host, and asks again on request', async () => {
    const { neighbours, read } = listed(ABSENT);
    neighbours.look();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(read).toHaveBeenCalledTimes(20);
    expect(neighbours.has('10.0.0.7')).toBe(false);

    neighbours.look();
    await vi.advanceTimersByTimeAsync(0);
    expect(neighbours.has('10.0.0.7')).toBe(true);
  });

  it('treats no host as absent if the system has no such table', async () => {
    const read = vi.fn(() => Promise.reject(new Error('ENOENT')));
    const neighbours = new AbsentNeighbours(read);
    neighbours.look();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(neighbours.has('10.0.0.7')).toBe(false);
    neighbours.look();
    await vi.advanceTimersByTimeAsync(0);
    expect(read).toHaveBeenCalledTimes(2);
  });
});
