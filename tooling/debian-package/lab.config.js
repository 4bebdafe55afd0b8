import { defineConfig } from 'vitest/config';

// Separate from the repository's other tests: these need root, and boot a system with systemd.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    name: 'debian-package',
    include: ['lab/**/*.lab.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 900_000,
  },
});
