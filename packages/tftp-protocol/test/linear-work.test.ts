/** Work on data from peers grows linearly with its length, counted in bytes read. */
import { describe, expect, it } from 'vitest';

import {
  decodePacket,
  DEFAULT_NEGOTIATION_POLICY,
  encodeNetascii,
  negotiate,
  NetasciiDecoder,
  ServerEndpoint,
  type TftpOption,
} from '../src/index.js';

/** Bytes that count how many of them are read. */
class CountingBytes extends Uint8Array {
  static looks = 0;

  override indexOf(value: number, from = 0): number {
    const at = super.indexOf(value, from);
    CountingBytes.looks += (at < 0 ? this.length : at) - from + 1;
    return at;
  }

  override *[Symbol.iterator](): ArrayIterator<number> {
    for (let index = 0; index < this.length; index += 1) {
      CountingBytes.looks += 1;
      yield this[index] ?? 0;
    }
  }
}

function looksAt(bytes: Uint8Array, work: (bytes: CountingBytes) => unknown): number {
  const counting = new CountingBytes(bytes.length);
  counting.set(bytes);
  CountingBytes.looks = 0;
  work(counting);
  return CountingBytes.looks;
}

/** Returns requests of about `length` bytes that are designed to be costly. */
function hostileRequests(length: number): Uint8Array[] {
  const head = '\0\x01';
  return [
    head + 'a'.repeat(length),
    `${head}${'a'.repeat(length)}\0octet\0`,
    `${head}f\0octet\0${'\0'.repeat(length)}`,
    `${head}f\0octet\0${'a\0'.repeat(length / 2)}`,
    `${head}f\0octet\0${'blksize\0'.repeat(length / 8)}`,
    `${head}f\0octet\0blksize\0${'9'.repeat(length)}\0`,
    `${head}f\0octet\0${'a'.repeat(length)}`,
    `\0\x05\0\0${'a'.repeat(length)}`,
    `\0\x06${'a\0'.repeat(length / 2)}`,
  ].map((text) => Buffer.from(text, 'latin1'));
}

describe('work on what peers send', () => {
  it('is linear when packets are decoded', () => {
    for (const length of [400, 800, 1_600]) {
      for (const packet of hostileRequests(length)) {
        expect(looksAt(packet, decodePacket)).toBeLessThanOrEqual(3 * packet.length);
      }
    }
  });

  it('is linear when a request is accepted, whatever came before', () => {
    const endpoint = new ServerEndpoint<string>({ acceptsWrites: true, allow: () => true });
    for (let port = 1_000; port < 1_400; port += 1) {
      for (const packet of hostileRequests(400)) {
        const remote = { address: '192.0.2.1', port, family: 'IPv4' as const };
        const looks = looksAt(packet, (bytes) => {
          endpoint.receive(bytes, 'socket', remote, port);
          endpoint.receive(bytes, 'socket', remote, port);
        });
        expect(looks).toBeLessThanOrEqual(8 * packet.length);
      }
    }
  });

  it('is linear in the number of options', () => {
    for (const count of [100, 200, 400]) {
      for (const name of ['blksize', 'nonsense', 'tsize', 'WindowSize']) {
        let looks = 0;
        const options = Array.from({ length: count }, (): TftpOption => [name, '9'.repeat(20)]);
        const counting = new Proxy(options, {
          get(target, key, receiver): unknown {
            looks += 1;
            return Reflect.get(target, key, receiver);
          },
        });
        negotiate(counting, DEFAULT_NEGOTIATION_POLICY, { direction: 'read', size: 1 });

        expect(looks).toBeLessThanOrEqual(3 * count + 10);
      }
    }
  });

  it('is linear when netascii is encoded and decoded', () => {
    for (const text of ['\r'.repeat(9_000), '\n'.repeat(9_000), '\r\n'.repeat(4_500)]) {
      const bytes = Buffer.from(text);

      expect(looksAt(bytes, encodeNetascii)).toBeLessThanOrEqual(2 * bytes.length);
      expect(looksAt(bytes, (one) => new NetasciiDecoder().push(one))).toBe(bytes.length);
    }
  });
});
