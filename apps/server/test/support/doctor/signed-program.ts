import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { efiProgram } from '@pxe/local-mirror';

const run = promisify(execFile);

/** Position of the certificate table's size and offset in the files of `efiProgram` for 64-bit machines. */
const TABLE_FIELD = 0x80 + 24 + 112 + 4 * 8;

/** Returns a PKCS #7 message that OpenSSL signs with a new certificate. */
export async function signedMessage(subject: string): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'pxeboot-signature-'));
  const path = (name: string): string => join(directory, name);
  await writeFile(path('content'), 'content');
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', subject],
    ...['-keyout', path('key'), '-out', path('certificate')],
  ]);
  await run('openssl', [
    ...['smime', '-sign', '-binary', '-nodetach', '-outform', 'DER', '-in', path('content')],
    ...['-signer', path('certificate'), '-inkey', path('key'), '-out', path('message')],
  ]);
  const message = await readFile(path('message'));
  await rm(directory, { recursive: true });
  return message;
}

/** Returns an attribute certificate table with these messages. */
export function certificateTable(...messages: readonly Buffer[]): Buffer {
  const entries = messages.map((message) => {
    const entry = Buffer.alloc(8 + Math.ceil(message.length / 8) * 8);
    entry.writeUInt32LE(8 + message.length);
    message.copy(entry, 8);
    return entry;
  });
  return Buffer.concat(entries);
}

/**
 * Returns an EFI program for x64 with a signature.
 *
 * @param content - bytes in the program, such as the name of the next program
 */
export function signedProgram(message: Buffer, content: Buffer = Buffer.alloc(0)): Buffer {
  const program = efiProgram('amd64', 'signed', true);
  content.copy(program, 2000);
  const table = certificateTable(message);
  program.writeUInt32LE(program.length, TABLE_FIELD);
  program.writeUInt32LE(table.length, TABLE_FIELD + 4);
  return Buffer.concat([program, table]);
}
