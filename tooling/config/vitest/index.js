import { defineProject } from 'vitest/config';

/**
 * Vitest settings of a package, as a project of the root run. Coverage is configured at the root
 * only.
 *
 * @param {string} name the package's folder name
 * @param {import('vitest/config').ProjectConfig} [test] additional settings of this package
 */
export function defineTests(name, test = {}) {
  return defineProject({
    test: {
      name,
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      environment: 'node',
      // Generous: a hung test still ends, and a busy machine fails nothing.
      testTimeout: 30_000,
      hookTimeout: 30_000,
      ...test,
    },
  });
}
