import { defineConfig } from 'vitest/config';

/**
 * Returns the configuration of tests that share a Kubernetes cluster. They need root, so they are apart from the
 * repository's other tests.
 *
 * @param {string} name
 * @param {{ include: string[], maxWorkers: number }} options
 */
export function defineLab(name, { include, maxWorkers }) {
  return defineConfig({
    root: import.meta.dirname,
    test: {
      name,
      include,
      maxWorkers,
      globalSetup: ['lab/global-setup.ts'],
      testTimeout: 300_000,
      hookTimeout: 300_000,
      teardownTimeout: 180_000,
    },
  });
}
