import { defineTests } from '@pxe/config/vitest';

/** The tests of servers again, on the native sockets of `@pxe/udp-batch`. */
export default defineTests('tftp-protocol on native sockets', {
  include: ['test/{conformance,interop,node}/**/*.test.ts'],
  env: { TFTP_TEST_SOCKETS: 'native' },
  isolate: false,
});
