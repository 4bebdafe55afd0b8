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
    // Maximum number of tests that run at the same time; most of them wait for programs.
    maxConcurrency: 3,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 180_000,
  },
});
