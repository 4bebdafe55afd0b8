import { defineConfig } from 'vitest/config';

// Separate from the lab, since CI has no time for it: a checkout is built, and a machine is booted.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    name: 'start-boots',
    include: ['lab/**/*.boots.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 900_000,
  },
});
