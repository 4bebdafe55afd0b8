import { defineConfig } from 'vitest/config';

// Apart from the lab itself, since CI has no time for them: a boot of a machine for each way to run the image.
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
