/**
 * Prints the tests that failed and passed when they were repeated, with the error of their first
 * run, where nobody can miss them: at the end of the run.
 *
 * @implements {import('vitest/node').Reporter}
 */
export default class FlakyTests {
  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    for (const module of modules) {
      for (const test of module.children.allTests('passed')) {
        if (test.diagnostic()?.flaky) {
          const [error] = test.result().errors ?? [];
          process.stdout.write(
            `FLAKY: ${module.relativeModuleId} > ${test.fullName}\n${error?.stack ?? 'no error was kept'}\n`,
          );
        }
      }
    }
  }
}
