/** Whether a path has printable ASCII only, as every path that is served. */
export function isPrintable(path: string): boolean {
  return /^[\x20-\x7e]*$/.test(path);
}
