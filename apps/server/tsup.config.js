import { defineLibrary } from '@pxe/config/tsup';

// Kysely has hundreds of modules, which Node opens all at once: too many under a low limit of descriptors.
const BUNDLED = ['kysely'];

export default defineLibrary({
  entry: {
    index: 'src/index.ts',
    main: 'src/main.ts',
    'sqlite-worker': 'src/state/sqlite/worker.ts',
  },
  external: ['libsql'],
  noExternal: BUNDLED,
});
