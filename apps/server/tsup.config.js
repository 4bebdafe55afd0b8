import { defineLibrary } from '@pxe/config/tsup';

export default defineLibrary({
  entry: {
    index: 'src/index.ts',
    main: 'src/main.ts',
    'sqlite-worker': 'src/state/sqlite/worker.ts',
  },
  external: ['libsql'],
});
