import { type Generation } from './api/types.js';
import { sizeText } from './format.js';

type GenerationImage = Generation['images'][number];
type StoredFile = GenerationImage['files'][number];

/** Changes to one image, loader or entry, one line each. */
export interface GenerationChange {
  readonly subject: string;
  readonly lines: readonly string[];
}

/** Returns what has changed from an earlier generation to a later one, in the order of the later one. */
export function generationChanges(before: Generation, after: Generation): GenerationChange[] {
  const changes = [
    ...compared(before.images, after.images, imageName, imageChanges),
    ...compared(before.loaders, after.loaders, ({ name }) => name, versionChanges),
    ...compared(
      before.entries,
      after.entries,
      ({ id }) => `Entry ${id}`,
      (one, other) => fileChanges(one.files, other.files),
    ),
  ];
  return changes.filter(({ lines }) => lines.length > 0);
}

/** Compares the items with the same name in two lists. */
function compared<Item>(
  before: readonly Item[],
  after: readonly Item[],
  nameOf: (item: Item) => string,
  changesOf: (before: Item, after: Item) => readonly string[],
): GenerationChange[] {
  const earlier = new Map(before.map((item) => [nameOf(item), item]));
  const later = new Set(after.map(nameOf));
  return [
    ...after.map((item) => {
      const subject = nameOf(item);
      const old = earlier.get(subject);
      return { subject, lines: old === undefined ? ['added'] : changesOf(old, item) };
    }),
    ...before
      .map(nameOf)
      .filter((name) => !later.has(name))
      .map((subject) => ({ subject, lines: ['removed'] })),
  ];
}

function imageName({ suite, arch, variant }: GenerationImage): string {
  return `${suite} ${arch} ${variant}`;
}

function imageChanges(before: GenerationImage, after: GenerationImage): readonly string[] {
  const packages = compared(before.firmware, after.firmware, ({ name }) => name, versionChanges);
  return [
    ...changed('release', before.version, after.version),
    ...changed('build', before.build, after.build),
    ...changed('kernel', before.kernelVersion, after.kernelVersion),
    ...fileChanges(before.files, after.files),
    ...packages.flatMap(({ subject, lines }) => lines.map((line) => `${subject}: ${line}`)),
  ];
}

function versionChanges(
  before: { readonly version: string },
  after: { readonly version: string },
): readonly string[] {
  return changed('version', before.version, after.version);
}

function fileChanges(before: readonly StoredFile[], after: readonly StoredFile[]): string[] {
  const files = compared(
    before,
    after,
    ({ name }) => name,
    (one, other) => (one.sha256 === other.sha256 ? [] : [differenceText(one.size, other.size)]),
  );
  return files.flatMap(({ subject, lines }) => lines.map((line) => `${subject}: ${line}`));
}

function changed(what: string, before: string, after: string): readonly string[] {
  return before === after ? [] : [`${what} ${before} → ${after}`];
}

/** Returns the change in a size, as in `60 kB, 1.2 kB more`. */
export function differenceText(before: number, after: number): string {
  const difference = after - before;
  const word = difference > 0 ? 'more' : 'less';
  const change =
    difference === 0 ? 'as large as before' : `${sizeText(Math.abs(difference))} ${word}`;
  return `${sizeText(after)}, ${change}`;
}
