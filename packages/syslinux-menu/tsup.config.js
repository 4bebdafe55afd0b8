import { defineLibrary } from '@pxe/config/tsup';

export default defineLibrary({
  entry: {
    index: 'src/index.ts',
    'dialects/grub/index': 'src/dialects/grub/index.ts',
    'dialects/ipxe/index': 'src/dialects/ipxe/index.ts',
    'preview/index': 'src/preview/index.ts',
  },
  platform: 'neutral',
});
