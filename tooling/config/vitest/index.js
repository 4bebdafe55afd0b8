import { defineProject } from 'vitest/config';

/**
 * One package's tests as a project of the root run. Coverage is configured at the root only.
 *
 * @param {string} name the package's folder name
 * @param {import('vitest/config').ProjectConfig} [test] what this package needs beyond the rule
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
