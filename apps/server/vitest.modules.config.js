import { defineTests } from '@pxe/config/vitest';

/** Tests of single modules. The modules hold no state: test files share them, and load them only once. */
export default defineTests('server modules', {
  include: ['src/**/*.test.ts'],
  // This test replaces a module, which other test files must not share.
  exclude: ['src/tftp/tftp-plane.test.ts'],
  isolate: false,
});
