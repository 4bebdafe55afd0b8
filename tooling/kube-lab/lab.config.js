import { defineConfig } from 'vitest/config';

// Separate from the repository's other tests: these need root, and a Kubernetes cluster, which they share.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    name: 'kube-lab',
    include: ['lab/**/*.lab.ts'],
    globalSetup: ['lab/global-setup.ts'],
    // Port 69 of a node is free for one release at a time.
    fileParallelism: false,
    // Of the tests that may run at a time; most wait for programs.
    maxConcurrency: 3,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 180_000,
  },
});
