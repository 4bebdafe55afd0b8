import { defineLibrary } from '@pxe/config/tsup';

export default defineLibrary({ entry: { index: 'src/index.ts' } });
