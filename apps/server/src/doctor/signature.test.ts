import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { signersOf } from './signature.js';

const run = promisify(execFile);

/** Returns an attribute certificate table with these messages. */
function tableOf(...messages: readonly Buffer[]): Buffer {
  const entries = messages.map((message) => {
    const entry = Buffer.alloc(8 + Math.ceil(message.length / 8) * 8);
    entry.writeUInt32LE(8 + message.length);
    message.copy(entry, 8);
    return entry;
  });
  return Buffer.concat(entries);
}

describe.skipIf(lacks('openssl'))('signers of an EFI program', () => {
  let named: Buffer;
  let nameless: Buffer;

  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pxeboot-signature-'));
    const path = (name: string): string => join(directory, name);
    async function signedBy(subject: string): Promise<Buffer> {
      await run('openssl', [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', subject],
        ...['-keyout', path('key'), '-out', path('certificate')],
      ]);
      await run('openssl', [
        ...['smime', '-sign', '-binary', '-nodetach', '-outform', 'DER', '-in', path('content')],
        ...['-signer', path('certificate'), '-inkey', path('key'), '-out', path('message')],
      ]);
      return readFile(path('message'));
    }
    await writeFile(path('content'), 'content');
    named = await signedBy('/O=Lab/CN=Lab signer');
    nameless = await signedBy('/');
    await rm(directory, { recursive: true });
  });

  it('are read from messages of OpenSSL, also from certificates without a name', () => {
    expect(signersOf(tableOf(named, nameless))).toEqual([
      { name: 'Lab signer', issuer: 'Lab signer' },
      { name: '(no name)', issuer: '(no name)' },
    ]);
  });

  it('are read or left out, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(signersOf(Buffer.from(bytes))).toEqual([]);
      }),
    );
    const table = tableOf(named, nameless);
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
