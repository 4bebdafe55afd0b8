import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';

/** All of it; a branch that only random input reaches may be missed once in a while. */
const EVERYTHING = { statements: 99.8, branches: 99.5 };

export default defineConfig({
  test: {
    reporters: ['default', './tooling/config/vitest/flaky-tests.js'],
    // Most tests spend more than half of their time waiting for timers and programs.
    maxWorkers: 2 * availableParallelism(),
    projects: [
      '{apps,packages,tooling}/*/vitest.config.js',
      // These two only name the projects of their package.
      '!apps/server/vitest.config.js',
      '!packages/debian-netboot/vitest.config.js',
      '{apps,packages}/*/vitest.*.config.js',
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.d.ts'],
      thresholds: {
        'packages/syslinux-menu/src/**': { statements: 100, branches: 100 },
        'packages/debian-preseed/src/**': { statements: 100, branches: 100 },
        // `node` runs as a separate program in a network namespace, and is not counted.
        'packages/dhcp-protocol/src/{client,codec,probe,responder,v6}/**': {
          statements: 100,
          branches: 100,
        },
        'packages/udp-batch/src/**': { statements: 100, branches: 100 },
        'packages/tftp-protocol/src/*.ts': EVERYTHING,
        'packages/tftp-protocol/src/{codec,endpoint,negotiation,netascii,transfer}/**': EVERYTHING,
        'packages/tftp-protocol/src/node/**': { statements: 90, branches: 85 },
        // The xz decoder's thread, and programs whose system calls are made to fail, are not counted.
        'packages/debian-netboot/src/**': { statements: 94, branches: 89 },
        // What tests run as a separate program, as a user would, is not counted.
        'apps/server/src/**': { statements: 64, branches: 62 },
      },
      reporter: ['text-summary', 'json-summary', 'html'],
    },
  },
});
