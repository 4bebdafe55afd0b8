/** Settings as written, by section and key. */
export type Tree = Record<string, unknown>;

/** Returns the value at a path of a tree; undefined if there is none. */
export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, part) =>
      typeof node === 'object' && node !== null
        ? (node as Record<PropertyKey, unknown>)[part]
        : undefined,
    tree,
  );
}

/**
 * Sets the value at a path of a tree. Creates the branches on the path, replacing any other values there.
 */
export function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    tree[name] = value;
    return;
  }
  const child = tree[name];
  const branch = typeof child === 'object' && child !== null ? (child as Tree) : {};
  tree[name] = branch;
  put(branch, rest, value);
}

/** Returns a record with each value mapped to another. */
export function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
