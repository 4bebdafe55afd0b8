import { defineLibrary } from '@pxe/config/tsup';

export default defineLibrary({
  entry: {
    main: 'src/main.ts',
    compare: 'src/comparison/main.ts',
    'machine-daemon': 'src/machine-daemon.ts',
  },
  platform: 'node',
});
