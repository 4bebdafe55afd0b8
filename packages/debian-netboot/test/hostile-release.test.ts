import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { MAX_SIGNATURES } from '../src/trust/clear-sign-envelope.js';
import { verifyClearSigned } from '../src/trust/clear-signed.js';
import { parseKeyring } from '../src/trust/keyring.js';
import {
  createProgramBuilder,
  type ProgramBuilder,
  supportProgram,
} from './support/child-program.js';
import {
  armored,
  createGpg,
  cutMessage,
  type Gpg,
  hostileReleases,
  releasePath,
  releaseText,
} from './support/hostile-release.js';
import { temporaryDirectory } from './support/made-up-mirror.js';

const runFile = promisify(execFile);

/** Memory limit of a whole process that reads hostile files, in bytes; an idle one uses about 80 MB. */
const MEMORY_LIMIT = 300 * 1024 * 1024;

describe.skipIf(lacks('gpg'))('an InRelease from an attacker', () => {
  let programs: ProgramBuilder;

  beforeAll(async () => {
    programs = await createProgramBuilder();
  });

  afterAll(() => programs.remove());

  it('is refused for its size or shape within normal memory', async () => {
    const directory = await temporaryDirectory();
    const gpg = await gpgIn(directory);
    const releases = hostileReleases(gpg.clearSign(releaseText(3)));
    const roots: string[] = [];
    for (const [index, content] of Object.values(releases).entries()) {
      const root = join(directory, String(index));
      await mkdir(dirname(releasePath(root)), { recursive: true });
      await writeFile(releasePath(root), content);
      roots.push(root);
    }
    const keyring = join(directory, 'keyring.asc');
    await writeFile(keyring, gpg.publicKey);
    const program = await programs.build(supportProgram('release-child.ts'));
    const { stdout } = await runFile(process.execPath, [
      program,
      join(directory, 'store'),
      keyring,
      ...roots,
    ]);
    const { codes, peakBytes } = JSON.parse(stdout) as { codes: string[]; peakBytes: number };
    const refused = /^ERR_NETBOOT_(?:BAD_SIGNATURE|SIZE_MISMATCH)$/;
    const names = Object.keys(releases);
    expect(names.filter((_name, index) => !refused.test(codes[index] ?? ''))).toEqual([]);
    expect(peakBytes).toBeLessThan(MEMORY_LIMIT);
  });

  it('is accepted up to the limits on size and signatures', async () => {
    const gpg = await gpgIn(await temporaryDirectory());
    const keyring = await parseKeyring(gpg.publicKey);
    const { text, packet } = cutMessage(gpg.clearSign(releaseText(10_000)));
    const packets = Array<Buffer>(MAX_SIGNATURES).fill(packet);
    const message = Buffer.from(text + armored(Buffer.concat(packets)));
    const { signers } = await verifyClearSigned(message, keyring, Date.now());
    expect(signers).toEqual(keyring.keys);
  });
});

async function gpgIn(directory: string): Promise<Gpg> {
  const home = join(directory, 'gnupg');
  await mkdir(home, { mode: 0o700 });
  return createGpg(home);
}
