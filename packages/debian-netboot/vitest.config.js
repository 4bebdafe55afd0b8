import { defineTests } from '@pxe/config/vitest';

export default defineTests('debian-netboot', {
  // Many tests run whole syncs, on machines that have other things to do too.
  testTimeout: 60_000,
});
