import { defineTests } from '@pxe/config/vitest';

/** Tests of whole syncs, and of modules that are replaced. */
export default defineTests('debian-netboot', {
  include: ['test/**/*.test.ts', 'src/source/mirror/rebinding.test.ts'],
});
