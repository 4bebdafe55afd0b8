import { defineLibrary } from '@pxe/config/tsup';

export default defineLibrary({
  entry: {
    index: 'src/index.ts',
    'cli/index': 'src/cli/index.ts',
    'cli/main': 'src/cli/main.ts',
  },
});
