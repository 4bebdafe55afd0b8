import { defineLibrary } from '@pxe/config/tsup';

export default defineLibrary({
  entry: { 'container-daemon': 'src/container-daemon.ts' },
  platform: 'node',
});
