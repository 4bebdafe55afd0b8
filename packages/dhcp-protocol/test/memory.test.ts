/**
 * Any number of fuzzed datagrams leaves the memory of the decoders and the responders flat.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, it } from 'vitest';

import {
  AnswerLimits,
  BootServerResponder,
  decodeDhcpv6Message,
  decodeMessage,
  HttpBootResponder,
  ProxyDhcpResponder,
} from '../src/index.js';
import { encoded, firmwareOptions, LINK_LOCAL } from './support/ipv6-messages.js';
import { firmwareMessage } from './support/messages.js';

/** Number of fuzzed datagrams for each decoder; `FUZZ_DATAGRAMS` overrides it. */
const DATAGRAMS = Number(process.env['FUZZ_DATAGRAMS'] ?? 20_000);

/** Growth of the heap that counts as flat, in bytes: less than a byte per datagram in a run of 10 million. */
const FLAT_BYTES = 8 * 1024 ** 2;

/** Returns the size of the objects that are in use, in bytes. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

/** Returns a function that returns the message with more bytes changed on each call, and sometimes truncated. */
function fuzzer(whole: Uint8Array<ArrayBuffer>): () => Uint8Array<ArrayBuffer> {
  let state = 1;
  // Knuth's generator.
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 8;
  const bytes = Uint8Array.from(whole);
  return () => {
    if (next() % 4 === 0) {
      bytes.set(whole);
    }
    bytes[next() % bytes.length] = next();
    return next() % 8 === 0 ? bytes.subarray(0, next() % bytes.length) : bytes;
  };
}

const limits = (): AnswerLimits => new AnswerLimits({ maxClients: 256, maxWaiting: 256 });

describe('memory', () => {
  it.each([
    [
      'DHCPv4',
      firmwareMessage(7),
      (() => {
        const options = {
          bootFileFor: () => ({ file: 'f' }),
          allows: () => true,
          limits: limits(),
        };
        const responders = [new ProxyDhcpResponder(options), new BootServerResponder(options)];
        return (datagram: Uint8Array, now: number): boolean => {
          const from = { address: '192.0.2.50', port: 68 };
          const question = { datagram, from, localAddress: '192.0.2.1', link: 'eth0' };
          const types = responders.map((responder) => responder.receive(question, now).type);
          return types.includes('answered') || decodeMessage(datagram).ok;
        };
      })(),
    ],
    [
      'DHCPv6',
      encoded(firmwareOptions(16)),
      (() => {
        const responder = new HttpBootResponder({
          bootUrlFor: () => 'http://[fd00::1]/f',
          limits: limits(),
          serverIdentifier: Uint8Array.of(0, 3, 0, 1, 2, 0, 0, 0, 0, 1),
        });
        return (datagram: Uint8Array, now: number): boolean => {
          const question = { datagram, from: { address: LINK_LOCAL, port: 546 }, link: 'eth0' };
          return (
            responder.receive(question, now).type === 'answered' || decodeDhcpv6Message(datagram).ok
          );
        };
      })(),
    ],
  ])(
    'stays flat over any number of fuzzed datagrams: %s',
    (_protocol, whole, receive) => {
      const fuzzed = fuzzer(whole);
      let read = 0;
      let before = 0;
      for (let index = 0; index < DATAGRAMS; index += 1) {
        if (index === Math.floor(DATAGRAMS / 4)) {
          before = usedBytes();
        }
        read += receive(fuzzed(), index) ? 1 : 0;
      }
      const growth = usedBytes() - before;

      expect(read).toBeGreaterThan(DATAGRAMS / 100);
      expect(read).toBeLessThan(DATAGRAMS);
      expect(growth).toBeLessThan(FLAT_BYTES);
    },
    120_000 + DATAGRAMS / 5,
  );
});
