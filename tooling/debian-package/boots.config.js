import { defineConfig } from 'vitest/config';

// Apart from the lab itself, since CI has no time for it.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    name: 'debian-package-boots',
    include: ['lab/**/*.boots.ts'],
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
