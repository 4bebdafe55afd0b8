import { defineLibrary } from '@pxe/config/tsup';

export default defineLibrary({
  entry: {
    index: 'src/index.ts',
    'grub/index': 'src/grub/index.ts',
    'ipxe/index': 'src/ipxe/index.ts',
    'preview/index': 'src/preview/index.ts',
  },
  platform: 'neutral',
});
