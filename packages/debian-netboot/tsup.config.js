import { defineLibrary } from '@pxe/config/tsup';

// Bundled because reading its modules one by one takes longer than most programs that only read a store.
const BUNDLED = ['valibot'];

export default defineLibrary({
  entry: {
    index: 'src/index.ts',
    'catalog/index': 'src/catalog/index.ts',
    'store/index': 'src/store/index.ts',
    'source/index': 'src/source/index.ts',
    'xz-worker': 'src/formats/xz-worker.ts',
  },
  platform: 'node',
  noExternal: BUNDLED,
});
