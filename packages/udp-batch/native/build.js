/**
 * Builds the native module.
 *
 * ```
 * node native/build.js                    for x64 and arm64, into prebuilds/
 * node native/build.js --check            the same, to compare with prebuilds/
 * node native/build.js --checked FILE     for this host with AddressSanitizer and UBSan, into FILE
 * ```
 *
 * It needs gcc, aarch64-linux-gnu-gcc and libuv's headers (Debian: gcc, gcc-aarch64-linux-gnu,
 * libc6-dev-arm64-cross, libuv1-dev).
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { include_dir: nodeApiHeaders } = require('node-api-headers');

const source = fileURLToPath(new URL('udp-batch.c', import.meta.url));
const prebuilds = fileURLToPath(new URL('../prebuilds', import.meta.url));

const compilers = { x64: 'gcc', arm64: 'aarch64-linux-gnu-gcc' };

const common = [
  '-std=c11',
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
  '-fstack-protector-strong',
  '-Wall',
  '-Wextra',
  '-Wconversion',
  '-Wno-sign-conversion',
  '-Werror',
];

// Not linked with libc: its symbols then have no version, and the process provides them. All are bound on loading,
// so that a missing one makes `require` fail.
const release = [
  '-O2',
  '-g0',
  '-fno-ident',
  '-nostdlib',
  '-Wl,-z,now,-z,relro,-z,noexecstack,--build-id=none,--strip-all,--hash-style=gnu',
];

// eslint-disable-next-line prose/banned-turns -- gcc's spelling
const checked = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** Compiles for one architecture; `flags` follow those that all builds have. */
function compile(compiler, flags, output) {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex');
  const define = `-DBUILT_FROM="${hash} gcc ${versionOf(compiler)}"`;
  const include = ['-isystem', nodeApiHeaders, '-idirafter', '/usr/include'];
  mkdirSync(dirname(output), { recursive: true });
  execFileSync(compiler, [...common, ...flags, ...include, define, '-o', output, source], {
    stdio: 'inherit',
  });
}

function versionOf(compiler) {
  return execFileSync(compiler, ['-dumpfullversion'], { encoding: 'utf8' }).trim();
}

/**
 * Returns true if a rebuild equals the committed file, as far as the compiler versions allow a comparison.
 */
function isReproduced(arch, compiler, folder) {
  const rebuilt = join(folder, `${arch}.node`);
  compile(compiler, release, rebuilt);
  const committed = readFileSync(join(prebuilds, `linux-${arch}`, 'udp-batch.node'));
  const usedVersion = /[\da-f]{64} gcc ([\d.]+)/.exec(committed.toString('latin1'))?.[1];
  const version = versionOf(compiler);
  if (usedVersion !== version) {
    console.log(
      `${arch}: built by gcc ${usedVersion}; gcc ${version} compiles it without warnings`,
    );
    return true;
  }
  const isEqual = committed.equals(readFileSync(rebuilt));
  console.log(`${arch}: ${isEqual ? 'equal' : 'DIFFERENT: run "node native/build.js"'}`);
  return isEqual;
}

const [mode, file] = process.argv.slice(2);
if (mode === '--checked') {
  compile('gcc', checked, file);
} else if (mode === '--check') {
  const folder = mkdtempSync(join(tmpdir(), 'udp-batch-'));
  const results = Object.entries(compilers).map(([arch, gcc]) => isReproduced(arch, gcc, folder));
  rmSync(folder, { recursive: true });
  process.exitCode = results.every(Boolean) ? 0 : 1;
} else {
  for (const [arch, compiler] of Object.entries(compilers)) {
    compile(compiler, release, join(prebuilds, `linux-${arch}`, 'udp-batch.node'));
  }
}
