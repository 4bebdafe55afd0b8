import { hasBlank, isAscii } from '../text/text.js';

/** Maximum number of characters of an `id`: a label in syslinux and iPXE, `--id` in GRUB. */
export const MAX_ID_LENGTH = 127;

/** Suffix of the id of a "back" entry that a renderer adds to a submenu. */
export const BACK_ID_SUFFIX = '..back';

/** Returns the fault of an id, as the end of a sentence; undefined for a valid one. */
export function idFault(id: string): string | undefined {
  if (id === '') {
    return 'is empty';
  }
  if (id.length > MAX_ID_LENGTH) {
    return `is longer than ${MAX_ID_LENGTH} characters`;
  }
  if (!isAscii(id) || hasBlank(id)) {
    return 'must be printable ASCII without spaces';
  }
  if (/^[-.#]/.test(id)) {
    return 'must not begin with "-", "." or "#"';
  }
  if (id.endsWith(BACK_ID_SUFFIX)) {
    return `must not end in "${BACK_ID_SUFFIX}"`;
  }
  return undefined;
}

/** Number of characters reserved for a number after an id. */
const NUMBER_ROOM = 12;

/** Assigns valid and unique ids, as close as possible to the requested names. */
export class IdSupply {
  readonly #taken = new Set<string>();
  /** Last number appended to each name, so that a frequent name needs no long search. */
  readonly #counts = new Map<string, number>();
  readonly #onWork: (units: number) => void;

  /** @param onWork - called with 1 for each id that turns out to be taken */
  constructor(onWork: (units: number) => void = () => undefined) {
    this.#onWork = onWork;
  }

  /** Returns the name itself if it is valid and free, otherwise a valid one derived from it. */
  take(name: string): string {
    const base = idFault(name) === undefined ? name : validId(name);
    let id = base;
    while (this.#taken.has(id)) {
      this.#onWork(1);
      const count = (this.#counts.get(base) ?? 1) + 1;
      this.#counts.set(base, count);
      id = `${base.slice(0, MAX_ID_LENGTH - NUMBER_ROOM)}-${count}`;
    }
    this.#taken.add(id);
    return id;
  }
}

function validId(name: string): string {
  const cleaned = name
    .replaceAll(/[^!-~]+/g, '-')
    .replace(/^[-.#]+/, '')
    .slice(0, MAX_ID_LENGTH - NUMBER_ROOM);
  let end = cleaned.length;
  while (end > 0 && '-.'.includes(cleaned.charAt(end - 1))) {
    end -= 1;
  }
  const id = cleaned.slice(0, end);
  return idFault(id) === undefined ? id : 'entry';
}
