import { defineTests } from '@pxe/config/vitest';

export default defineTests('tftp-protocol', {
  // The modules of this package hold no state: test files share them, and load them only once.
  isolate: false,
});
