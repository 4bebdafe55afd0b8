import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type DelayLine, openDelayLine } from './delay-line.js';
import { DelayQueue } from './delay-queue.js';
import { FrameReader } from './frame-reader.js';

function frameOf(body: Uint8Array): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(body.length);
  return Buffer.concat([prefix, body]);
}

describe('FrameReader', () => {
  it('finds the same frames however the stream is cut', () => {
    const frames = [60, 1514, 0, 9].map((length) => frameOf(Buffer.alloc(length, length)));
    const stream = Buffer.concat(frames);
    for (const size of [1, 3, 60, 1518, stream.length]) {
      const reader = new FrameReader();
      const found: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) {
        found.push(...reader.push(stream.subarray(at, at + size)));
      }
      expect(found.map((frame) => Buffer.from(frame))).toEqual(frames);
    }
  });
});

describe('DelayQueue', () => {
  it('holds values for their time, in order', () => {
    const queue = new DelayQueue<string>(2.5);
    expect(queue.nextDueAt).toBeUndefined();
    queue.push('a', 10);
    queue.push('b', 11);
    expect(queue.nextDueAt).toBe(12.5);
    expect(queue.shift(12.4)).toBeUndefined();
    expect(queue.shift(12.5)).toBe('a');
    expect(queue.shift(12.5)).toBeUndefined();
    expect(queue.shift(20)).toBe('b');
    expect(queue.shift(20)).toBeUndefined();
  });
});

describe('openDelayLine', () => {
  let directory: string;
  let line: DelayLine;
  let near: Socket;
  let far: Socket;

  async function open(roundTripMs: number): Promise<void> {
    const ends = [join(directory, 'near.sock'), join(directory, 'far.sock')] as const;
    line = await openDelayLine(ends, roundTripMs);
    near = await connected(ends[0]);
    far = await connected(ends[1]);
  }

  async function connected(path: string): Promise<Socket> {
    const socket = connect(path);
    await once(socket, 'connect');
    return socket;
  }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'boot-lab-test-'));
  });

  afterEach(async () => {
    near.destroy();
    far.destroy();
    await line.close();
    await rm(directory, { recursive: true });
  });

  it('carries a burst whole and in order', async () => {
    await open(4);
    const frames = Array.from({ length: 500 }, (_, index) => frameOf(Buffer.alloc(1400, index)));
    const sent = Buffer.concat(frames);
    const received: Buffer[] = [];
    far.on('data', (bytes) => received.push(bytes));
    near.write(sent);
    await expect
      .poll(() => Buffer.concat(received).length, { timeout: 5_000, interval: 10 })
      .toBe(sent.length);
    expect(Buffer.concat(received).equals(sent)).toBe(true);
  });

  it.each([1, 5])('adds %d ms to a round trip', async (roundTripMs) => {
    await open(roundTripMs);
    far.on('data', (bytes) => far.write(bytes));
    const times: number[] = [];
    for (let round = 0; round < 60; round += 1) {
      const start = performance.now();
      near.write(frameOf(Buffer.alloc(60)));
      await once(near, 'data');
      times.push(performance.now() - start);
    }
    // Of many, as a busy host adds what it likes to any one of them.
    const shortest = Math.min(...times);
    expect(shortest).toBeGreaterThanOrEqual(roundTripMs);
    expect(shortest).toBeLessThan(roundTripMs + 1.5);
  });
});
