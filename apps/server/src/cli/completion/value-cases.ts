import { type CommandNode, everyCommand, type ValueNode } from '../command-tree.js';

/** Flags that take the same values, either in one command or in all. */
export interface ValueCase {
  readonly value: ValueNode;
  /**
   * Flags, each with the path of its command; without a path if the flag takes these values in every command
   * that has it.
   */
  readonly patterns: readonly { readonly path: string | undefined; readonly flag: string }[];
}

/** Groups the flags of a program by their values, so that a script lists each flag only once. */
export function valueCases(root: CommandNode): readonly ValueCase[] {
  const uses = new Map<string, { readonly path: string; readonly value: ValueNode }[]>();
  for (const { path, options } of everyCommand(root)) {
    for (const { name, value } of options) {
      if (value !== undefined) {
        uses.set(name, [...(uses.get(name) ?? []), { path, value }]);
      }
    }
  }
  const cases = new Map<string, ValueCase>();
  const add = (value: ValueNode, flag: string, path: string | undefined): void => {
    const key = JSON.stringify(value);
    const patterns = cases.get(key)?.patterns ?? [];
    cases.set(key, { value, patterns: [...patterns, { path, flag }] });
  };
  for (const [flag, found] of uses) {
    const [first] = found;
    const isSame = found.every(
      ({ value }) => JSON.stringify(value) === JSON.stringify(first?.value),
    );
    for (const { path, value } of isSame ? found.slice(0, 1) : found) {
      add(value, flag, isSame ? undefined : path);
    }
  }
  return [...cases.values()];
}
