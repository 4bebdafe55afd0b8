/**
 * Steps that undo a run, executed in reverse order. Each step runs even if an earlier one failed.
 */
export class CleanupStack {
  readonly #steps: { readonly name: string; readonly undo: () => Promise<unknown> }[] = [];

  /**
   * @param name - name of the step, for the error message
   * @param undo - called once, at the end
   */
  add(name: string, undo: () => Promise<unknown>): void {
    this.#steps.push({ name, undo });
  }

  /** Undoes everything. Returns the failures, one line each; empty if there are none. */
  async unwind(): Promise<string[]> {
    const problems: string[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        problems.push(`${step.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return problems;
  }
}
