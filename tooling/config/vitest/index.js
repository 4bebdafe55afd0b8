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
      // Generous: a hung test still ends, and a busy machine fails nothing. The default of expect.poll is one
      // second; it ends before the test, so that the message shows the last value.
      testTimeout: 300_000,
      hookTimeout: 300_000,
      expect: { poll: { timeout: 60_000 } },
      ...test,
    },
  });
}
