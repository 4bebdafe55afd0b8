import { defineLibrary } from '@pxe/config/tsup';

export default defineLibrary({ entry: { main: 'src/main.ts' }, platform: 'node' });
