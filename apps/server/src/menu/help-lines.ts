/** Indents help texts to align them with the entries, since they start at the left edge of the screen. */
export function helpLines(lines: readonly string[]): string {
  return lines.map((line) => `${' '.repeat(6)}${line}`).join('\n');
}
