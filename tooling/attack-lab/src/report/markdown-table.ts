import { formatTarget, formatValue, type Measurement, meetsTarget } from '../figure/figure.js';

/** Measurements of one build, under the name that the table gives it. */
export interface Column {
  readonly title: string;
  readonly measurements: readonly Measurement[];
}

/**
 * Writes a Markdown table: a row for each figure, a column for each build, the target last. A value
 * that misses its target is bold.
 *
 * @param margin - factor that targets of speed may be missed by, from 1
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
