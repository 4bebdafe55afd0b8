/** Change in a version, in the form of Artifact Hub's annotation `artifacthub.io/changes`. */
export interface ChartChange {
  readonly kind: 'added' | 'changed' | 'fixed';
  readonly description: string;
}

/** Kind of the changes below each heading that changesets write. */
const KINDS: Readonly<Record<string, ChartChange['kind']>> = {
  'Major Changes': 'changed',
  'Minor Changes': 'added',
  'Patch Changes': 'fixed',
};

/**
 * Returns the changes in the newest version of a changelog from changesets: one item per change, on one line
 * and without the commit. Updates of dependencies, which are items within an item, are left out.
 */
export function newestChanges(changelog: string): readonly ChartChange[] {
  const [, newest = ''] = changelog.split(/^## /m);
  return newest.split(/^### /m).flatMap((section) => {
    const [heading = '', ...lines] = section.split('\n');
    const kind = KINDS[heading.trim()];
    if (kind === undefined) {
      return [];
    }
    const items = lines.join('\n').split(/^- /m).slice(1);
    return items
      .filter((item) => !item.startsWith('Updated dependencies'))
      .map((item) => ({ kind, description: oneLine(item) }));
  });
}

function oneLine(item: string): string {
  return item
    .replace(/^[0-9a-f]{7,40}: /, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
