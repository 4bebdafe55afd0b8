import { type JSX } from 'preact';
import { useState } from 'preact/hooks';

import { read } from '../api/client.js';
import { type Statistics } from '../api/types.js';
import { durationText, sizeText } from '../format.js';
import { server } from '../live/session.js';
import { connection, lastChange } from '../live/store.js';
import { useAnswer } from '../live/use-answer.js';
import { Problem } from '../parts/problem.js';
import { Clock } from '../parts/time.js';
import { statisticsTotals } from '../statistics-totals.js';
import { Chart } from './metrics/chart.js';

const RANGES: Readonly<Record<Statistics['range'], string>> = {
  hour: 'Last hour',
  day: 'Last day',
  week: 'Last week',
  month: 'Last month',
};

const RANGE_NAMES = ['hour', 'day', 'week', 'month'] as const;

const METRICS_GUIDE = 'https://github.com/pxeboot/pxeboot/blob/main/docs/metrics.md';

/** Page with charts of the boots, their durations and the bytes sent for them. */
export function MetricsPage(): JSX.Element {
  const [range, setRange] = useState<Statistics['range']>('day');
  const change = lastChange.value;
  const { answer, problem } = useAnswer(
    () => read('/api/v1/statistics', { range }),
    [range, connection.value, change?.id, change?.outcome],
  );
  return (
    <>
      <h1>Metrics</h1>
      <div class="filters">
        <label class="field">
          Time
          <select
            value={range}
            onChange={(event) => {
              const chosen = event.currentTarget.value;
              setRange(RANGE_NAMES.find((name) => name === chosen) ?? 'day');
            }}
          >
            {RANGE_NAMES.map((name) => (
              <option key={name} value={name}>
                {RANGES[name]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Problem text={problem} />
      {answer === undefined ? (
        problem === undefined && <p class="note">Loading …</p>
      ) : (
        <Charts statistics={answer} />
      )}
      {/* Nothing is shown below charts that are still missing, since it would be pushed down when they appear. */}
      {(answer !== undefined || problem !== undefined) && <More />}
    </>
  );
}

/** Section with links to figures outside the dashboard. */
function More(): JSX.Element {
  return (
    <section aria-labelledby="more-title">
      <h2 id="more-title">More</h2>
      {server.value?.grafanaUrl !== undefined && (
        <p>
          <a href={server.value.grafanaUrl}>Longer history in Grafana</a>
        </p>
      )}
      <p>
        <a href="./metrics">Current figures for Prometheus</a>, to keep for longer and show in
        Grafana: <a href={METRICS_GUIDE}>what they mean, and rules for alerts</a>.
      </p>
    </section>
  );
}

function Charts({ statistics }: { readonly statistics: Statistics }): JSX.Element {
  const { buckets } = statistics;
  const totals = statisticsTotals(buckets);
  const { boots, installer, failed, typicalSeconds, slowestSeconds, tftpBytes, httpBytes } = totals;
  const times = buckets.map(({ at }) => Date.parse(at) / 1000);
  const bootsText = `${count(boots, 'boot')}, ${installer} reached the installer, ${failed} failed`;
  const durationSentence =
    typicalSeconds === undefined || slowestSeconds === undefined
      ? 'No machine reached the installer'
      : `Half of the machines reached the installer within ${durationText(typicalSeconds * 1000)}, the slowest after ${durationText(slowestSeconds * 1000)}`;
  const bytesText = `${sizeText(httpBytes)} over HTTP, ${sizeText(tftpBytes)} over TFTP`;
  return (
    <>
      <History statistics={statistics} />
      <div class="columns">
        <section aria-labelledby="boots-chart">
          <h2 id="boots-chart">Boots</h2>
          <Chart
            label={`Boots over time: ${bootsText}`}
            times={times}
            kind="stacked"
            valueText={String}
            series={[
              {
                name: 'reached the installer',
                color: '--good',
                values: buckets.map((one) => one.installer),
              },
              {
                name: 'menu, disk or booting',
                color: '--muted',
                values: buckets.map((one) => one.local + one.menu + one.booting),
              },
              { name: 'failed', color: '--bad', values: buckets.map((one) => one.failed) },
            ]}
          />
          <p>{bootsText}.</p>
        </section>
        <section aria-labelledby="durations-chart">
          <h2 id="durations-chart">Time to the installer</h2>
          <Chart
            label={`Time to the installer: ${durationSentence}`}
            times={times}
            kind="lines"
            valueText={(seconds) => durationText(seconds * 1000)}
            series={[
              {
                name: 'median',
                color: '--busy',
                values: buckets.map(({ medianSeconds }) => medianSeconds),
              },
              {
                name: 'slowest',
                color: '--accent',
                values: buckets.map((one) => one.slowestSeconds),
              },
            ]}
          />
          <p>{durationSentence}.</p>
          <p class="note">
            From the first request until the machine has its kernel and initrd, including the time
            at the menu.
          </p>
        </section>
        <section aria-labelledby="bytes-chart">
          <h2 id="bytes-chart">Bytes</h2>
          <Chart
            label={`Bytes received by machines: ${bytesText}`}
            times={times}
            kind="stacked"
            valueText={sizeText}
            series={[
              { name: 'HTTP', color: '--bar-http', values: buckets.map((one) => one.httpBytes) },
              { name: 'TFTP', color: '--bar-tftp', values: buckets.map((one) => one.tftpBytes) },
            ]}
          />
          <p>{bytesText}.</p>
        </section>
      </div>
      <Figures statistics={statistics} />
    </>
  );
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Sentence that says how far back the figures go. */
function History({
  statistics: { since, isStored },
}: {
  readonly statistics: Statistics;
}): JSX.Element {
  return (
    <p class="note">
      {isStored
        ? 'The figures cover the boots in the database'
        : 'No history is stored: the figures cover the boots since the daemon started'}
      {since === undefined ? '; there are none yet.' : ', the oldest of '}
      {since !== undefined && (
        <>
          <Clock at={since} />.
        </>
      )}
    </p>
  );
}

/** Table of the boots in each period. */
function Figures({ statistics: { buckets } }: { readonly statistics: Statistics }): JSX.Element {
  const used = buckets.filter(
    ({ booting, installer, local, menu, failed }) =>
      booting + installer + local + menu + failed > 0,
  );
  return (
    <section aria-labelledby="figures-title">
      <h2 id="figures-title">Figures</h2>
      {used.length === 0 ? (
        <p class="note">No boot started in this period.</p>
      ) : (
        <details>
          <summary>Figures as a table</summary>
          <div class="scroll" tabIndex={0} role="region" aria-label="Table of figures">
            <table class="figures">
              <thead>
                <tr>
                  {[
                    'From',
                    'Installer',
                    'Menu, disk or booting',
                    'Failed',
                    'Median',
                    'Slowest',
                    'HTTP',
                    'TFTP',
                  ].map((title) => (
                    <th key={title} scope="col">
                      {title}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {used.map((one) => (
                  <tr key={one.at}>
                    <th scope="row">
                      <Clock at={one.at} />
                    </th>
                    <td>{one.installer}</td>
                    <td>{one.local + one.menu + one.booting}</td>
                    <td>{one.failed}</td>
                    <td>{secondsText(one.medianSeconds)}</td>
                    <td>{secondsText(one.slowestSeconds)}</td>
                    <td>{sizeText(one.httpBytes)}</td>
                    <td>{sizeText(one.tftpBytes)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </section>
  );
}

function secondsText(seconds: number | undefined): string {
  return seconds === undefined ? '' : durationText(seconds * 1000);
}
