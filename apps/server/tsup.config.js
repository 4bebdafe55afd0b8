import { cp } from 'node:fs/promises';

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

const library = defineLibrary({
  entry: {
    index: 'src/index.ts',
    main: 'src/main.ts',
    'sqlite-worker': 'src/state/sqlite/worker.ts',
  },
  external: ['libsql'],
  noExternal: BUNDLED,
});

export default {
  ...library,
  esbuildPlugins: [withoutTranslations],
  async onSuccess() {
    await library.onSuccess();
    await cp('node_modules/@pxe/dashboard/dist', 'dist/dashboard', { recursive: true });
  },
};
