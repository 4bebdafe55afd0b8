import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { defineLibrary } from '@pxe/config/tsup';

// Kysely has hundreds of modules, which Node opens all at once: too many under a low limit of descriptors.
// The others are loaded by short commands, and one by one their modules take longer than the command; zod's
// registry must be the one of the type provider.
const BUNDLED = [
  'kysely',
  'commander',
  'yaml',
  'zod',
  '@fastify/type-provider-zod',
  'ms',
  'pretty-bytes',
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

/**
 * Leaves out `node:child_process`, which commander loads for commands that are programs of their own: pxeboot has
 * none, and loading it takes a tenth of the time in which a command may start.
 */
const withoutProcesses = {
  name: 'without-processes',
  setup(build) {
    build.onResolve({ filter: /^(?:node:)?child_process$/ }, ({ importer }) =>
      /[\\/]node_modules[\\/]commander[\\/]/.test(importer)
        ? { path: 'child_process', namespace: 'left-out' }
        : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'left-out' }, () => ({
      contents: 'module.exports = {};',
    }));
  },
};

const library = defineLibrary({
  entry: {
    index: 'src/index.ts',
    main: 'src/main.ts',
    // Used only by the build: see writeTexts.
    'command-texts': 'src/cli/command-texts.ts',
    'sqlite-worker': 'src/state/sqlite/worker.ts',
  },
  external: ['libsql'],
  noExternal: BUNDLED,
});

/** Writes the completion scripts and the manual page, which are generated from the built commands. */
async function writeTexts() {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  const program = resolve('dist/command-texts.js');
  const { commandTexts } = await import(pathToFileURL(program).href);
  for (const [name, text] of Object.entries(await commandTexts(version))) {
    await writeFile(resolve('dist', name), text);
  }
  await Promise.all([rm(program), rm(`${program}.map`)]);
}

export default {
  ...library,
  esbuildPlugins: [withoutTranslations, withoutProcesses],
  async onSuccess() {
    await library.onSuccess();
    await writeTexts();
    await cp('node_modules/@pxe/dashboard/dist', 'dist/dashboard', { recursive: true });
  },
};
