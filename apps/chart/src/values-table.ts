import { type ValueEntry } from './values-file.js';

const BEGIN = '<!-- values.yaml -->';
const END = '<!-- /values.yaml -->';

/** Returns the README with an updated table of values between its two markers. */
export function withValuesTable(readme: string, entries: readonly ValueEntry[]): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end < begin) {
    throw new Error(`the README has no ${BEGIN} ... ${END}`);
  }
  const before = readme.slice(0, begin + BEGIN.length);
  // Padding to the longest cell, as Prettier does, would make the table unreadable.
  const table = `<!-- prettier-ignore -->\n${valuesTable(entries)}`;
  return `${before}\n\n${table}\n\n${readme.slice(end)}`;
}

/** Returns a Markdown table of every key: name, default, description. */
function valuesTable(entries: readonly ValueEntry[]): string {
  const rows = flatten(entries).map(({ path, value, defaultText, description = '' }) =>
    row(`\`${path}\``, defaultText ?? `\`${JSON.stringify(value)}\``, description),
  );
  return [row('Key', 'Default', 'Description'), row('---', '---', '---'), ...rows].join('\n');
}

function flatten(entries: readonly ValueEntry[]): ValueEntry[] {
  return entries.flatMap((entry) =>
    entry.description === undefined ? flatten(entry.children) : [entry],
  );
}

function row(...cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
