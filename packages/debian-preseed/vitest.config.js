import { defineTests } from '@pxe/config/vitest';

export default defineTests('debian-preseed', {
  // The package's modules hold no state, so test files can share them, and load them only once.
  isolate: false,
});
