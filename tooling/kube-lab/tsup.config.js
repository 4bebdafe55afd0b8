import { defineLibrary } from '@pxe/config/tsup';

export default defineLibrary({
  entry: { 'guest-daemon': 'src/guest-daemon.ts' },
  platform: 'node',
});
