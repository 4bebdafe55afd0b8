/** Memory that a server keeps for what clients send. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, it } from 'vitest';

import { decodePacket, MAX_REQUEST_BYTES, ServerEndpoint, type TftpPacket } from '../src/index.js';

/** Number of requests kept in memory at the same time. */
const REQUESTS = 512;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Returns the number of bytes on the heap for each request that `keep` keeps. */
function bytesKept(keep: (index: number) => unknown): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: REQUESTS }, (_, index) => keep(index));
  collectGarbage();
  const { heapUsed } = process.memoryUsage();
  return (heapUsed - before) / kept.length;
}

/** Returns the longest read request with one option; each has another value. */
function longRequest(index: number): Buffer {
  const start = `\0\x01f\0octet\0${index}\0`;
  return Buffer.from(`${start.padEnd(MAX_REQUEST_BYTES - 1, 'x')}\0`, 'latin1');
}

describe('memory', () => {
  it('holds one byte for each character of a decoded request', () => {
    const decode = (index: number): TftpPacket | undefined => {
      const result = decodePacket(longRequest(index));
      return result.ok ? result.packet : undefined;
    };
    decode(0);

    expect(bytesKept(decode)).toBeLessThan(1.5 * MAX_REQUEST_BYTES);
  });

  it.each([MAX_REQUEST_BYTES, 60_000])(
    'holds at most 2 KiB and some for a refused request of %i bytes',
    (length) => {
      const endpoint = new ServerEndpoint<string>({ acceptsWrites: false, allow: () => true });
      const refuse = (index: number): void => {
        const bytes = Buffer.alloc(length, `${index} `, 'latin1');
        bytes.set([0, 2]);
        const remote = { address: '192.0.2.1', port: 2_000, family: 'IPv4' } as const;
        endpoint.receive(bytes, 'socket', remote, 10 * index);
        while (endpoint.nextDatagram() !== undefined || endpoint.nextEvent() !== undefined) {
          // The answers and events are discarded.
        }
      };
      refuse(0);

      expect(bytesKept(refuse)).toBeLessThan(1.5 * MAX_REQUEST_BYTES);
    },
  );
});
