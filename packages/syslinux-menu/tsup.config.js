import { defineLibrary } from '@pxe/config/tsup';

export default defineLibrary({
  entry: {
    index: 'src/index.ts',
    'dialects/grub/index': 'src/dialects/grub/index.ts',
    'dialects/ipxe/index': 'src/dialects/ipxe/index.ts',
    'preview/index': 'src/preview/index.ts',
    'cli/index': 'src/cli/index.ts',
    'cli/main': 'src/cli/main.ts',
  },
});
