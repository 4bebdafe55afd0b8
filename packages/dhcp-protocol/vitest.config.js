import { defineTests } from '@pxe/config/vitest';

export default defineTests('dhcp-protocol', {
  // Its modules hold no state: test files that share them load them once.
  isolate: false,
});
