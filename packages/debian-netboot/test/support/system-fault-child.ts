/**
 * Runs syncs in which one system call after another fails.
 *
 *     node system-fault-child.js STORE MIRROR KEYRING SCRATCH STRIDE
 *
 * STORE is copied to SCRATCH for every sync. Prints one line of JSON: the problems, and the number
 * of syncs with a failed call.
 */
import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { devNull } from 'node:os';

import {
  mirrorSource,
  NetbootError,
  openStore,
  parseKeyring,
  syncImages,
} from '../../src/index.js';

const [, , directory = '', mirror = '', keyringFile = '', scratch = '', stride = '1'] =
  process.argv;
const ERRNOS = ['ENOSPC', 'EIO', 'EMFILE', 'EROFS'] as const;

/** Number of calls remaining before the one that fails. */
let left = Infinity;
/** Error of the call that fails. */
let errno: string = ERRNOS[0];

/** Throws an error if this call is the one that should fail. */
function fault(syscall: string, path: unknown): void {
  left -= 1;
  if (left !== 0) {
    return;
  }
  throw Object.assign(new Error(`${errno}: ${syscall} '${String(path)}'`), {
    code: errno,
    syscall,
  });
}

type Operation = (...args: never[]) => Promise<unknown>;

function patch(target: object, names: readonly string[]): void {
  const operations = target as Record<string, Operation>;
  for (const name of names) {
    const original = operations[name];
    if (original === undefined) {
      throw new Error(`no operation ${name}`);
    }
    operations[name] = async function (this: unknown, ...args: never[]) {
      fault(name, args[0]);
      return original.apply(this, args);
    };
  }
}

const { cp, rm } = fs;
const keyring = await parseKeyring(await fs.readFile(keyringFile));
const probe = await fs.open(devNull);
patch(Object.getPrototypeOf(probe) as FileHandle, [
  'stat',
  'sync',
  'datasync',
  'truncate',
  'writev',
]);
await probe.close();
patch(fs, ['open', 'rename', 'mkdir', 'readdir', 'lstat', 'stat', 'rm', 'readFile', 'writeFile']);
syncBuiltinESMExports();

const problems: string[] = [];
const unhandled: unknown[] = [];
process.on('unhandledRejection', (error) => unhandled.push(error));
process.on('uncaughtException', (error) => unhandled.push(error));
let failures = 0;
for (let step = 1, isReached = true; isReached; step += Number(stride)) {
  await rm(scratch, { recursive: true, force: true });
  await cp(directory, scratch, { recursive: true });
  errno = ERRNOS[Math.floor(step / Number(stride)) % ERRNOS.length] ?? 'EIO';
  left = step;
  try {
    const store = await openStore(scratch);
    await syncImages({
      store,
      source: mirrorSource({ mirrors: [mirror], retries: 0 }),
      images: [{ suite: 'trixie', arch: 'amd64', variants: ['text'] }],
      trust: { keyring },
    });
  } catch (error) {
    failures += 1;
    const isNamed = error instanceof NetbootError && error.message.includes(scratch);
    if (!isNamed) {
      problems.push(`step ${step}, ${errno}: ${String(error)}`);
    }
  }
  isReached = left <= 0;
  left = Infinity;
  const servable = await (await openStore(scratch, { readOnly: true })).servable();
  if (servable === undefined || servable.damage !== undefined) {
    problems.push(`step ${step}: damaged`);
  }
}
for (const error of unhandled) {
  problems.push(`unhandled: ${String(error)}`);
}
process.stdout.write(JSON.stringify({ problems, failures }));
