import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Command } from 'commander';

import { aptArchive } from './apt-archive.js';
import { addMadeUpSuite } from './made-up-archive.js';
import { type MirrorTree } from './mirror-tree.js';
import { serveMirror } from './serve-mirror.js';
import { createSigningKey } from './signing-key.js';

interface Flags {
  readonly suites: string;
  readonly arches: string;
  readonly host: string;
  readonly port: string;
  readonly cache: string;
  readonly madeUp?: true;
  readonly initrdBytes?: string;
}

const words = (text: string): string[] => text.split(',').filter((word) => word !== '');

/** Returns a small archive, from which nothing can be installed, and prints the key that signs it. */
async function madeUpArchive(
  suites: readonly string[],
  arches: string[],
  initrdBytes: string | undefined,
): Promise<MirrorTree> {
  const size = initrdBytes === undefined ? {} : { initrdLength: Number(initrdBytes) };
  const key = await createSigningKey();
  const tree: MirrorTree = new Map();
  for (const codename of suites) {
    await addMadeUpSuite(tree, { codename, arches, ...size }, key);
  }
  console.log(key.publicKey);
  return tree;
}

const program = new Command('local-mirror')
  .description('serve a mirror of the Debian installer on loopback')
  .option('--suites <names>', 'codenames, separated by commas', 'trixie,bookworm')
  .option('--arches <names>', 'architectures, separated by commas', 'amd64')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <number>', 'port to listen on', '8090')
  .option(
    '--cache <directory>',
    'directory for downloaded packages',
    join(tmpdir(), 'pxeboot-test-apt'),
  )
  .option(
    '--made-up',
    'small made-up images instead of the real ones; prints the key that signs them',
  )
  .option('--initrd-bytes <number>', 'size of a made-up initrd')
  .action(async (flags: Flags) => {
    const suites = words(flags.suites);
    const arches = words(flags.arches);
    const tree =
      flags.madeUp === true
        ? await madeUpArchive(suites, arches, flags.initrdBytes)
        : await aptArchive({ suites, arches, cacheDirectory: flags.cache });
    const mirror = await serveMirror(tree, { host: flags.host, port: Number(flags.port) });
    console.log(`${tree.size} files at ${mirror.url}`);
  });

await program.parseAsync();
