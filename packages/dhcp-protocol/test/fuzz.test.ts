/**
 * Fuzz invariants:
 *
 * - any bytes decode to a message or a reason;
 * - any question gets at most one answer, of at most 1.5 times its size, without an address, and only if it is
 *   from a boot client;
 * - any number of clients leaves the memory of the limits bounded.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  AnswerLimits,
  BootServerResponder,
  classifyClient,
  decodeMessage,
  ProxyDhcpResponder,
} from '../src/index.js';
import { bytesOf, firmwareMessage } from './support/messages.js';

// The runs are always the same; FUZZ_SEED=$RANDOM tries others.
fc.configureGlobal({ seed: Number(process.env['FUZZ_SEED'] ?? 1) });

/** Number of fuzzed datagrams in the memory test; `FUZZ_DATAGRAMS` overrides it. */
const DATAGRAMS = Number(process.env['FUZZ_DATAGRAMS'] ?? 100_000);

const code = fc.constantFrom(0, 43, 52, 53, 54, 57, 60, 61, 66, 67, 77, 82, 93, 94, 97, 175, 255);
const piece = fc.oneof(
  fc
    .tuple(code, fc.uint8Array({ maxLength: 20 }))
    .map(([of, value]) => [of, value.length, ...value]),
  fc.constantFrom([53, 1, 1], [53, 1, 3], [93, 2, 0, 7], [52, 1, 3], [43, 6, 71, 4, 128, 0, 0, 0]),
  fc
    .constantFrom('PXEClient', 'PXEClient:Arch:00000:UNDI:002001', 'HTTPClient:Arch:00016', 'd-i')
    .map((name) => [60, name.length, ...bytesOf(name)]),
  fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 4 }),
);

/** Datagrams that often look enough like DHCP to get past the first checks. */
const datagram = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .tuple(
      fc.array(piece, { maxLength: 12 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 239 }), fc.integer({ min: 0, max: 255 })), {
        maxLength: 3,
      }),
    )
    .map(([pieces, changes]) => {
      const bytes = Uint8Array.from([...firmwareMessage(7).subarray(0, 240), ...pieces.flat()]);
      for (const [offset, value] of changes) {
        bytes[offset] = value;
      }
      return bytes;
    }),
);

/** Questions from boot clients with arbitrary options. */
const bootQuestion = fc
  .tuple(
    fc.constantFrom(1, 3, 8),
    fc.constantFrom('PXEClient', 'HTTPClient', 'PXEClient:Arch:00000'),
    fc.array(piece, { maxLength: 6 }),
  )
  .map(([type, name, pieces]) =>
    Uint8Array.from([
      ...firmwareMessage(7).subarray(0, 240),
      ...[53, 1, type, 60, name.length, ...bytesOf(name)],
      ...pieces.flat(),
    ]),
  );

const file = fc.constantFrom('f', 'f'.repeat(127), 'f'.repeat(128), 'f'.repeat(400));

describe('fuzz', () => {
  it('decodes any bytes to a message or a reason', () => {
    fc.assert(
      fc.property(datagram, (bytes) => {
        const decoded = decodeMessage(bytes);
        expect(decoded.ok ? decoded.message.operation : decoded.reason).toMatch(/^[a-z]+$/i);
        if (decoded.ok) {
          classifyClient(decoded.message);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('answers any question at most once, with at most 1.5 times its size and no address', () => {
    let answers = 0;
    fc.assert(
      fc.property(fc.oneof(datagram, bootQuestion), file, fc.boolean(), (bytes, name, isProxy) => {
        const options = {
          bootFileFor: () => ({ file: name }),
          allows: () => true,
          limits: new AnswerLimits(),
        };
        const responder = isProxy
          ? new ProxyDhcpResponder(options)
          : new BootServerResponder(options);
        const result = responder.receive(
          {
            datagram: bytes,
            from: { address: '192.0.2.50', port: 68 },
            localAddress: '192.0.2.1',
            link: 'eth0',
          },
          0,
        );
        if (result.type === 'unanswered') {
          return;
        }
        answers += 1;
        const answer = decodeMessage(result.answer.bytes);
        expect(result.answer.bytes.length).toBeLessThanOrEqual(1.5 * bytes.length);
        expect(answer).toMatchObject({
          ok: true,
          message: { operation: 'reply', yourAddress: '0.0.0.0' },
        });
        const question = decodeMessage(bytes);
        expect(question.ok && classifyClient(question.message)?.vendorClass).toMatch(/Client$/);
      }),
      { numRuns: 3_000 },
    );
    expect(answers).toBeGreaterThan(100);
  });

  it('remembers no more clients than the limits allow, whatever arrives', () => {
    const limits = new AnswerLimits({ maxClients: 64, maxWaiting: 64 });
    const responder = new ProxyDhcpResponder({
      bootFileFor: () => ({ file: 'f' }),
      allows: () => true,
      limits,
    });
    const bytes = firmwareMessage(7);
    let state = 1;
    let answered = 0;
    for (let index = 0; index < DATAGRAMS; index += 1) {
      // Knuth's generator: a different hardware address each time, and occasionally a different byte elsewhere.
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      bytes.set([state >>> 24, (state >>> 16) & 0xff, (state >>> 8) & 0xff], 31);
      const fuzzed = index % 4 === 0 ? bytes : bytes.with(state % bytes.length, state >>> 24);
      const question = {
        datagram: fuzzed,
        from: { address: '0.0.0.0', port: 68 },
        localAddress: '192.0.2.1',
        link: 'eth0',
      };
      answered += responder.receive(question, index).type === 'answered' ? 1 : 0;
    }

    expect(limits.clients).toBeLessThanOrEqual(64);
    expect(limits.waiting).toBeLessThanOrEqual(64);
    expect(answered).toBeGreaterThan(100);
    // 500 answers a second after a burst of 1,000, at one datagram per millisecond; there are too many
    // clients to remember each until it repeats its question.
    expect(answered).toBeLessThanOrEqual(1_000 + DATAGRAMS / 2);
  });
});
