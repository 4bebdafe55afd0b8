import { copyFile, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { debianMirror, runCommand } from '@pxe/lab-host';

import { type ImageStore } from './image-store.js';

/**
 * Stands in for the official Node image, which would come from a registry: the same Debian, the
 * same line of Node (from npm), npm, and the minimum for a build.
 */
const NODE_IMAGE = 'docker.io/library/node:24-trixie-slim';

/** Stands in for the distroless image: the same Debian's libraries, without a shell or package tools. */
const RUNTIME_IMAGE = 'gcr.io/distroless/cc-debian13:nonroot';

const DEBIAN_SUITE = 'trixie';
const NODE_LINE = '24';

const RUNTIME_PACKAGES = [
  'base-files',
  'ca-certificates',
  'libc6',
  'libgcc-s1',
  'libstdc++6',
  'netbase',
  'tzdata',
];
const BUILD_PACKAGES = ['ca-certificates', 'libstdc++6'];

/**
 * Builds images under the names of the Dockerfile's bases, so that the Dockerfile is built
 * unmodified and without a registry. Their content comes from Debian and npm, through this host's
 * configuration. Existing bases in the store are kept.
 *
 * @param directory - directory for intermediate files, about 400 MB; removed at the end
 */
export async function buildStandInBases(store: ImageStore, directory: string): Promise<void> {
  const mirror = await debianMirror();
  await mkdir(directory, { recursive: true });
  try {
    if (!(await store.has(RUNTIME_IMAGE))) {
      await buildRuntimeBase(store, join(directory, 'runtime'), mirror);
    }
    if (!(await store.has(NODE_IMAGE))) {
      await buildNodeBase(store, join(directory, 'node'), mirror);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function buildRuntimeBase(
  store: ImageStore,
  context: string,
  mirror: readonly string[],
): Promise<void> {
  await mkdir(context);
  await runCommand('mmdebstrap', [
    '--quiet',
    // Unpacked, not configured: no shell and no package tools are needed inside.
    '--variant=extract',
    `--include=${RUNTIME_PACKAGES.join(',')}`,
    DEBIAN_SUITE,
    join(context, 'root.tar'),
    ...mirror,
  ]);
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nADD root.tar /\n');
  await store.build({ tag: RUNTIME_IMAGE, dockerfile: join(context, 'Dockerfile'), context });
}

async function buildNodeBase(
  store: ImageStore,
  context: string,
  mirror: readonly string[],
): Promise<void> {
  const prefix = join(context, 'prefix');
  await mkdir(join(prefix, 'lib/node_modules'), { recursive: true });
  await mkdir(join(prefix, 'bin'));
  await runCommand('mmdebstrap', [
    '--quiet',
    '--variant=minbase',
    `--include=${BUILD_PACKAGES.join(',')}`,
    DEBIAN_SUITE,
    join(context, 'root.tar'),
    ...mirror,
  ]);
  await copyFile(await nodeBinary(context), join(prefix, 'bin/node'));
  const hostModules = (await runCommand('npm', ['root', '--global'])).trim();
  await cp(join(hostModules, 'npm'), join(prefix, 'lib/node_modules/npm'), { recursive: true });
  await writeFile(join(context, 'Dockerfile'), await nodeDockerfile(context));
  await store.build({ tag: NODE_IMAGE, dockerfile: join(context, 'Dockerfile'), context });
}

/** Returns the Node binary of the image's release line, from npm. */
async function nodeBinary(directory: string): Promise<string> {
  const name = `node-linux-${process.arch}`;
  const options = ['--no-save', '--no-audit', '--no-fund', '--prefix', directory];
  await runCommand('npm', ['install', ...options, `${name}@${NODE_LINE}`]);
  return join(directory, 'node_modules', name, 'bin/node');
}

/** Returns the Dockerfile of the Node image, in which npm has this host's registry and certificates. */
async function nodeDockerfile(context: string): Promise<string> {
  const npmCommand = '../lib/node_modules/npm/bin';
  const registry = (await runCommand('npm', ['config', 'get', 'registry'])).trim();
  const lines = [
    'FROM scratch',
    'ADD root.tar /',
    'COPY prefix/ /usr/local/',
    `RUN ln -s ${npmCommand}/npm-cli.js /usr/local/bin/npm && ln -s ${npmCommand}/npx-cli.js /usr/local/bin/npx`,
    `ENV npm_config_registry=${registry}`,
  ];
  const certificates = process.env['NODE_EXTRA_CA_CERTS'];
  if (certificates !== undefined && certificates !== '') {
    await copyFile(certificates, join(context, 'host-certificates.pem'));
    lines.push('COPY host-certificates.pem /etc/ssl/host-certificates.pem');
    lines.push('ENV NODE_EXTRA_CA_CERTS=/etc/ssl/host-certificates.pem');
  }
  return `${lines.join('\n')}\n`;
}
