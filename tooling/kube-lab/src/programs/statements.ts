/**
 * Returns the lines of a shell script or C file that decide what it does, without indentation: comments on lines of
 * their own and empty lines are left out.
 */
export function statementsOf(source: string): string {
  return source
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:#(?:[\s!]|$)|\/\/)/.test(line))
    .join('\n');
}
