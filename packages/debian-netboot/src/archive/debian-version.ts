/**
 * Compares two versions as dpkg does (deb-version(7)): epoch, upstream version, Debian revision.
 *
 * @returns a negative number if `left` is older, a positive one if it is newer, 0 if they are equal
 */
export function compareVersions(left: string, right: string): number {
  const one = partsOf(left);
  const other = partsOf(right);
  return (
    one.epoch - other.epoch ||
    comparePart(one.upstream, other.upstream) ||
    comparePart(one.revision, other.revision)
  );
}

interface VersionParts {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
}

function partsOf(version: string): VersionParts {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon === -1 ? 0 : Number(version.slice(0, colon)),
    upstream: dash === -1 ? rest : rest.slice(0, dash),
    revision: dash === -1 ? '' : rest.slice(dash + 1),
  };
}

/**
 * Compares two upstream versions or revisions, as alternating runs of non-digits and digits.
 */
function comparePart(left: string, right: string): number {
  const one = runsOf(left);
  const other = runsOf(right);
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const difference =
      index % 2 === 0
        ? compareText(one[index] ?? '', other[index] ?? '')
        : compareNumber(one[index] ?? '', other[index] ?? '');
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

/** Splits a part into alternating text and numbers; the first text may be empty. */
function runsOf(part: string): readonly string[] {
  const runs = part.match(/\d+|\D+/g) ?? [];
  return /^\d/.test(part) ? ['', ...runs] : runs;
}

function compareText(left: string, right: string): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = rankAt(left, index) - rankAt(right, index);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

/**
 * Returns the rank of a character: `~` sorts before the end of the text, and letters before all other
 * characters.
 */
function rankAt(text: string, index: number): number {
  const character = text[index];
  if (character === undefined) {
    return 0;
  }
  if (character === '~') {
    return -1;
  }
  return character.charCodeAt(0) + (/[a-z]/i.test(character) ? 0 : 256);
}

/** Compares two numbers of any length. */
function compareNumber(left: string, right: string): number {
  const one = left.replace(/^0+/, '');
  const other = right.replace(/^0+/, '');
  if (one.length !== other.length) {
    return one.length - other.length;
  }
  return one === other ? 0 : one < other ? -1 : 1;
}
