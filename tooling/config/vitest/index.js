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
      // Long: a hung test still ends, but no test fails because the machine is busy. The limit of expect.poll, one
      // second by default, is shorter than that of a test, so that the message shows the last value.
      testTimeout: 300_000,
      hookTimeout: 300_000,
      expect: { poll: { timeout: 60_000 } },
      // Where nobody watches: a test of real programs and timers that fails once in thousands of runs does not stop a
      // change. FlakyTests prints it. A counterexample of a property is never a coincidence.
      retry: process.env.CI ? { count: 1, condition: /^(?!Property failed)/ } : 0,
      ...test,
    },
  });
}
