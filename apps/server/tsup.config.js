import { realpathSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { writeLicences } from '@pxe/config/licences';
import { bundleCommandLine } from '@pxe/config/rolldown';
import { defineLibrary } from '@pxe/config/tsup';

// Kysely has hundreds of modules, which Node opens all at once: too many under a low limit of descriptors. zod
// and the type provider must share one registry.
const BUNDLED = ['kysely', 'yaml', 'zod', '@fastify/type-provider-zod', 'ms', 'pretty-bytes'];

/**
 * Packages that the command line loads when it runs: the large ones, which only a daemon or a sync needs, and those
 * with native code.
 */
const EXTERNAL = [
  ...['@fastify/swagger', 'fastify', 'light-my-request'],
  ...['pino', 'pino-pretty', 'sonic-boom'],
  ...['pg', 'prom-client'],
  // Loaded by the code of @pxe/debian-netboot, which is part of the command line.
  ...['openpgp', 'xz-decompress'],
  ...['@pxe/udp-batch', 'libsql'],
];

/** Leaves out zod's translations of its messages, which are half of its code and are not used. */
const withoutTranslations = {
  name: 'without-translations',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export {};',
    }));
  },
};

const library = defineLibrary({
  entry: { index: 'src/index.ts', 'sqlite-worker': 'src/state/sqlite/worker.ts' },
  external: ['libsql'],
  noExternal: BUNDLED,
});

/** Builds the command line, and lists the licences of what it and the library contain. */
async function buildCommandLine() {
  const included = await bundleCommandLine({
    entry: 'src/main.ts',
    directory: 'dist',
    external: EXTERNAL,
    hasSourceMaps: true,
  });
  const bundled = BUNDLED.map((name) => realpathSync(`node_modules/${name}`));
  writeLicences([...new Set([...included, ...bundled])], 'dist/third-party-licences.txt');
}

/** Writes the completion scripts and the manual page, which are generated from all commands. */
async function writeTexts() {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  const directory = resolve('dist/texts');
  await bundleCommandLine({
    entry: 'src/cli/command-texts.ts',
    directory,
    external: EXTERNAL,
    hasSourceMaps: false,
  });
  const { commandTexts } = await import(pathToFileURL(`${directory}/command-texts.cjs`).href);
  for (const [name, text] of Object.entries(await commandTexts(version))) {
    await writeFile(resolve('dist', name), text);
  }
  await rm(directory, { recursive: true });
}

export default {
  ...library,
  esbuildPlugins: [withoutTranslations],
  async onSuccess() {
    await buildCommandLine();
    await writeTexts();
    await cp('node_modules/@pxe/dashboard/dist', 'dist/dashboard', { recursive: true });
  },
};
