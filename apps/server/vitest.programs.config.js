import { defineTests } from '@pxe/config/vitest';

/** Tests of the built program, and of modules that are replaced. */
export default defineTests('server', {
  include: ['test/**/*.test.ts', 'src/tftp/tftp-plane.test.ts'],
  globalSetup: ['test/support/synced-store.ts'],
});
