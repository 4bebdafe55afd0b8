/**
 * Returns the word that was probably meant: the closest one that differs in at most three letters, and in at
 * most two fifths of its own letters. A letter may be added, omitted, changed or swapped with its neighbour.
 * Returns undefined if there is none. Case is ignored.
 */
export function closestWord(word: string, words: readonly string[]): string | undefined {
  const given = word.toUpperCase();
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of words) {
    const target = candidate.toUpperCase();
    const most = Math.min(3, Math.floor(target.length / 2.5));
    if (Math.abs(target.length - given.length) > most) {
      continue;
    }
    const distance = editDistance(given, target);
    if (distance <= most && distance < (best?.distance ?? Infinity)) {
      best = { word: candidate, distance };
    }
  }
  return best?.word;
}

/** Returns the optimal string alignment distance of two short words. */
function editDistance(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_value, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one.charAt(row - 1) === other.charAt(column - 1);
      let cost = Math.min(
        cell(last, column) + 1,
        cell(next, column - 1) + 1,
        cell(last, column - 1) + (isSame ? 0 : 1),
      );
      const isExchanged =
        one.charAt(row - 1) === other.charAt(column - 2) &&
        one.charAt(row - 2) === other.charAt(column - 1);
      if (row > 1 && column > 1 && isExchanged) {
        cost = Math.min(cost, cell(before, column - 2) + 1);
      }
      next.push(cost);
    }
    before = last;
    last = next;
  }
  return cell(last, other.length);
}

/** Returns a cell of a row, which must exist. */
function cell(row: readonly number[], column: number): number {
  return Number(row[column]);
}
