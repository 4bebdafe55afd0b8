import { defineConfig } from 'vitest/config';

// Separate from the lab, since CI has no time for these tests: each boots a machine, for one way to run the
// image.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    name: 'container-boots',
    include: ['lab/**/*.boots.ts'],
    globalSetup: ['lab/global-setup.ts'],
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
