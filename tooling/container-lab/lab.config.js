import { defineConfig } from 'vitest/config';

// Separate from the repository's other tests: these need root, and Debian's container programs.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    name: 'container-lab',
    include: ['lab/**/*.lab.ts'],
    globalSetup: ['lab/global-setup.ts'],
    // One container at a time: the machine may be small, and the drain is measured in seconds.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
