import { hasBlank, hasControlCharacters, isAscii, trimBlanks } from '../text.js';
import { BACK_ID_SUFFIX, MAX_ID_LENGTH } from '../validate/text-rules.js';

/** Gives out ids that are valid and unique, as close to the names asked for as can be. */
export class IdSupply {
  readonly #taken = new Set<string>();
  /** How often a name was asked for, so that a name asked for often costs no long search. */
  readonly #counts = new Map<string, number>();

  readonly #onWork: (units: number) => void;

  /** @param onWork told of each try */
  constructor(onWork: (units: number) => void) {
    this.#onWork = onWork;
  }

  take(name: string): string {
    const base = validId(name);
    let id = base;
    while (this.#taken.has(id)) {
      this.#onWork(1);
      const count = (this.#counts.get(base) ?? 1) + 1;
      this.#counts.set(base, count);
      id = `${base}-${count}`;
    }
    this.#taken.add(id);
    return id;
  }
}

/** Room for a number behind an id. */
const NUMBER_ROOM = 12;

function validId(name: string): string {
  if (name.length <= MAX_ID_LENGTH && isAscii(name) && !hasBlank(name)) {
    if (name !== '' && !/^[-.#]/.test(name) && !name.endsWith(BACK_ID_SUFFIX)) return name;
  }
  const cleaned = name
    .replaceAll(/[^!-~]+/g, '-')
    .replace(/^[-.#]+/, '')
    .slice(0, MAX_ID_LENGTH - NUMBER_ROOM);
  let end = cleaned.length;
  while (end > 0 && '-.'.includes(cleaned.charAt(end - 1))) end--;
  return end === 0 ? 'entry' : cleaned.slice(0, end);
}

/** A text without control characters and outer blanks. */
export function readableText(text: string): string {
  let readable = '';
  for (const char of text) {
    if (char === '\t') readable += ' ';
    else if (!hasControlCharacters(char)) readable += char;
  }
  return trimBlanks(readable);
}
