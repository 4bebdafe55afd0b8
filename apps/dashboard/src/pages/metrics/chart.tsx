import 'uplot/dist/uPlot.min.css';
import { type JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

import { theme } from '../../theme.js';

/** Height of a chart in pixels, with its axis. */
const HEIGHT = 190;

/** Numbers over time, with the name of the custom property for their colour. */
export interface ChartSeries {
  readonly name: string;
  readonly color: string;
  readonly values: readonly (number | undefined)[];
}

/**
 * Chart of several series over the same times. It is only a picture; its label and a table have the same
 * content.
 *
 * @param times - start of each bucket in seconds since 1970
 * @param kind - stacked bars, or one line per series
 */
export function Chart({
  label,
  times,
  series,
  kind,
  valueText,
}: {
  readonly label: string;
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly kind: 'stacked' | 'lines';
  readonly valueText: (value: number) => string;
}): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const content = JSON.stringify([times, series]);
  const chosenTheme = theme.value;
  useEffect(() => {
    const element = place.current;
    if (element === null) {
      return undefined;
    }
    let plot: uPlot | undefined;
    const draw = (): void => {
      plot?.destroy();
      plot = new uPlot(
        optionsOf(element, series, kind, valueText),
        [[...times], ...shownValues(series, kind)],
        element,
      );
    };
    const resized = new ResizeObserver(() => {
      plot?.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    draw();
    resized.observe(element);
    scheme.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', draw);
      plot?.destroy();
    };
    // `valueText` is not listed: it gives the same texts for as long as the chart is shown.
  }, [content, kind, chosenTheme]);
  return (
    <>
      <div class="chart" role="img" aria-label={label} ref={place} />
      <ul class="legend" aria-hidden="true">
        {series.map(({ name, color }) => (
          <li key={name} class={`key ${color.slice(2)}`}>
            {name}
          </li>
        ))}
      </ul>
    </>
  );
}

/**
 * Returns the values as they are drawn: for stacked bars, the sums from the highest to the lowest, drawn over
 * each other.
 */
function shownValues(
  series: readonly ChartSeries[],
  kind: 'stacked' | 'lines',
): (number | null)[][] {
  if (kind === 'lines') {
    return series.map(({ values }) => values.map((value) => value ?? null));
  }
  const sums: number[] = [];
  return series
    .map(({ values }) =>
      values.map((value, index) => (sums[index] = (sums[index] ?? 0) + (value ?? 0))),
    )
    .reverse();
}

function optionsOf(
  element: HTMLElement,
  series: readonly ChartSeries[],
  kind: 'stacked' | 'lines',
  valueText: (value: number) => string,
): uPlot.Options {
  const text = colorOf(element, '--muted');
  const line = colorOf(element, '--line');
  const axis = {
    stroke: text,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  } as const;
  const drawn = kind === 'stacked' ? series.toReversed() : series;
  const bars = uPlot.paths.bars?.({ size: [0.8, 40] });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(most, 1) * 1.1] } },
    axes: [
      axis,
      { ...axis, size: 72, values: (_plot, splits) => splits.map((value) => valueText(value)) },
    ],
    series: [
      {},
      ...drawn.map(({ name, color }): uPlot.Series => {
        const stroke = colorOf(element, color);
        return kind === 'stacked' && bars !== undefined
          ? { label: name, fill: stroke, width: 0, paths: bars, points: { show: false } }
          : { label: name, stroke, width: 2, points: { show: true, size: 6, fill: stroke } };
      }),
    ],
  };
}

/** Returns the colour of a custom property, which canvases cannot look up. */
function colorOf(element: HTMLElement, property: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${property})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
