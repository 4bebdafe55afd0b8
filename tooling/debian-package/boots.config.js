import { defineConfig } from 'vitest/config';

// Separate from the lab, since CI has no time for this test.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    name: 'debian-package-boots',
    include: ['lab/**/*.boots.ts'],
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
