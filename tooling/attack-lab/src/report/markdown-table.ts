import { formatTarget, formatValue, type Measurement, meetsTarget } from '../figure/figure.js';

/** Measurements of one build, with the title of their column. */
export interface Column {
  readonly title: string;
  readonly measurements: readonly Measurement[];
}

/**
 * Writes a Markdown table: a row for each figure, a column for each build, the target last. A value
 * that misses its target is bold.
 *
 * @param margin - factor that widens speed targets, at least 1
 */
export function markdownTable(columns: readonly Column[], margin: number): string {
  const figures = [
    ...new Set(columns.flatMap(({ measurements }) => measurements.map(({ figure }) => figure))),
  ];
  const head = ['figure', ...columns.map(({ title }) => title), 'target'];
  const rows = figures.map((figure) => [
    figure.title,
    ...columns.map(({ measurements }) => {
      const measurement = measurements.find((one) => one.figure === figure);
      return measurement === undefined ? '' : cell(measurement, margin);
    }),
    formatTarget(figure),
  ]);
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(escaped).join(' | ')} |`)
    .join('\n');
}

function cell(measurement: Measurement, margin: number): string {
  const { figure, value, note } = measurement;
  const text = formatValue(value, figure.unit);
  const shown = meetsTarget(measurement, margin) === false ? `**${text}**` : text;
  return note === undefined ? shown : `${shown} (${note})`;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
