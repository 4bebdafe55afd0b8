import { type Suite, SUITES } from './installers.js';
import { type Template } from './templates.js';

/**
 * Place where templates were found: `initrd`, `udeb`, `source` or `deb`, and the name of the package; or the example
 * in Debian's installation guide.
 */
export type Origin = `${'initrd' | 'udeb' | 'source' | 'deb'} ${string}` | 'guide';

/** A template with the suite and the place where it was found. */
export interface FoundTemplate {
  readonly suite: Suite;
  readonly origin: Origin;
  readonly template: Template;
}

/**
 * Returns the rows of the table: one for each question, or one for each suite if they differ. The
 * columns, between tabs: name, suites, origin, type, default, choices (between `|`), description.
 *
 * @param found - questions of all suites; if a suite has one twice, the first counts
 */
export function makeRows(found: readonly FoundTemplate[]): readonly string[] {
  const isGuide = ({ origin }: FoundTemplate): boolean => origin === 'guide';
  const templated = new Set(
    found.filter((one) => !isGuide(one)).map(({ template }) => template.name),
  );
  const bySuite = new Map(SUITES.map((suite) => [suite, new Map<string, string>()]));
  // The guide has only names and types: templates of another suite say more.
  const kept = found.filter((one) => !isGuide(one) || !templated.has(one.template.name));
  for (const { suite, origin, template } of kept) {
    const { name, type, defaultValue, choices, description } = template;
    const columns = [origin, type, defaultValue, choices.join('|'), description];
    const rest = columns.map((column) => column.replaceAll('\t', ' ')).join('\t');
    const rows = bySuite.get(suite);
    if (rows?.has(name) === false) {
      rows.set(name, rest);
    }
  }
  const suitesOf = new Map<string, Suite[]>();
  for (const [suite, rows] of bySuite) {
    for (const [name, rest] of rows) {
      const key = `${name}\t${rest}`;
      suitesOf.set(key, [...(suitesOf.get(key) ?? []), suite]);
    }
  }
  return [...suitesOf].map(([key, suites]) => key.replace('\t', `\t${suites.join(' ')}\t`)).sort();
}

/** Returns the templates of a table's rows. */
export function readRows(rows: readonly string[]): readonly FoundTemplate[] {
  return rows.flatMap((row) => {
    const [
      name = '',
      suites = '',
      origin = '',
      type = '',
      defaultValue = '',
      choices = '',
      description = '',
    ] = row.split('\t');
    const template: Template = {
      name,
      type,
      defaultValue,
      choices: choices.split('|').filter((choice) => choice !== ''),
      description,
    };
    return SUITES.filter((suite) => suites.split(' ').includes(suite)).map((suite) => ({
      suite,
      // Not checked: only this program writes the table.
      origin: origin as Origin,
      template,
    }));
  });
}
