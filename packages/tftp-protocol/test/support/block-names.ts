/** Returns `DATA 5 (512)`, `DATA 6 (512)` and so on: what a sender should send. */
export function blocks(from: number, to: number, length = 512): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `DATA ${from + index} (${length})`);
}
