/** Indents help, which starts at the left edge of the screen, to align with the entries. */
export function helpLines(lines: readonly string[]): string {
  return lines.map((line) => `${' '.repeat(6)}${line}`).join('\n');
}
