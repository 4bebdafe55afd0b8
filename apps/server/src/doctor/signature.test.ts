import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { certificateTable, signedMessage } from '../../test/support/doctor/signed-program.js';
import { signersOf } from './signature.js';

describe.skipIf(lacks('openssl'))('signers of an EFI program', () => {
  let named: Buffer;
  let nameless: Buffer;

  beforeAll(async () => {
    named = await signedMessage('/O=Lab/CN=Lab signer');
    nameless = await signedMessage('/');
  });

  it('are read from messages made by OpenSSL, even with certificates without a name', () => {
    expect(signersOf(certificateTable(named, nameless))).toEqual([
      { name: 'Lab signer', issuer: 'Lab signer' },
      { name: '(no name)', issuer: '(no name)' },
    ]);
  });

  it('are left out if their bytes are malformed, without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(signersOf(Buffer.from(bytes))).toEqual([]);
      }),
    );
    const table = certificateTable(named, nameless);
    const change = fc.tuple(fc.nat(table.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), fc.nat(table.length), (changes, end) => {
        const changed = Buffer.from(table);
        for (const [at, byte] of changes) {
          changed[at] = byte;
        }
        expect(signersOf(changed.subarray(0, end)).length).toBeLessThanOrEqual(3);
      }),
      { numRuns: 2000 },
    );
  });
});
