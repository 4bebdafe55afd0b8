import { defineLibrary } from '@pxe/config/tsup';

export default defineLibrary({
  entry: {
    'attach-networks': 'src/attach-networks.ts',
    'build-programs': 'src/build-programs.ts',
  },
  platform: 'node',
});
