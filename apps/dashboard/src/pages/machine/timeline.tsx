import { type JSX } from 'preact';

import { type Boot, type BootStep } from '../../api/types.js';
import { STEPS } from '../../boot-words.js';
import { durationText, exactText, sizeText } from '../../format.js';

/** Minimum width of a bar in percent of the whole width, so that it stays visible. */
const MIN_WIDTH = 0.7;

const RESULTS: Readonly<Record<BootStep['result'], string>> = {
  delivered: 'delivered',
  interrupted: 'interrupted',
  sizeOnly: 'size only',
  notFound: 'not found',
  refused: 'refused',
  denied: 'denied',
};

/** Steps of a boot with their times and bytes, as bars on a common axis. */
export function Timeline({ boot }: { readonly boot: Boot }): JSX.Element {
  const { steps } = boot;
  const times = steps.flatMap(({ startedAt, endedAt }) => [
    Date.parse(startedAt),
    Date.parse(endedAt),
  ]);
  const from = Math.min(...times);
  const whole = Math.max(1, Math.max(...times) - from);
  if (steps.length === 0) {
    return <p class="note">This boot has not reached any step.</p>;
  }
  return (
    <table class="timeline">
      <caption class="hidden">Steps of the boot</caption>
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col" class="wide">
            From start to end ({durationText(whole)})
          </th>
          <th scope="col" class="number">
            Time
          </th>
          <th scope="col" class="number">
            Received
          </th>
        </tr>
      </thead>
      <tbody>
        {steps.map((step) => (
          <StepRow key={step.name} step={step} from={from} whole={whole} />
        ))}
      </tbody>
    </table>
  );
}

function StepRow({
  step,
  from,
  whole,
}: {
  readonly step: BootStep;
  readonly from: number;
  readonly whole: number;
}): JSX.Element {
  const { name, transport, path, startedAt, endedAt, result, fetches, bytes, size } = step;
  const start = Date.parse(startedAt);
  const end = Date.parse(endedAt);
  const width = Math.max(MIN_WIDTH, (100 * (end - start)) / whole);
  const left = Math.min(100 - width, (100 * (start - from)) / whole);
  const details = [
    transport.toUpperCase(),
    result === 'delivered' ? undefined : RESULTS[result],
    fetches > 1 ? `fetched ${fetches} times` : undefined,
    step.blksize === undefined ? undefined : `blocks of ${step.blksize} bytes`,
    step.windowsize === undefined || step.windowsize === 1
      ? undefined
      : `windows of ${step.windowsize}`,
  ].filter(Boolean);
  return (
    <tr class={result === 'delivered' || result === 'sizeOnly' ? '' : 'bad'}>
      <th scope="row">{STEPS[name]}</th>
      <td class="wide">
        <div class="track" aria-hidden="true" title={exactText(start)}>
          <div class={`bar ${transport}`} style={{ left: `${left}%`, width: `${width}%` }} />
        </div>
        <div class="path">{path}</div>
        <div class="note">{details.join(', ')}</div>
      </td>
      <td class="number">
        {durationText(end - start)}
        <div class="note">at {durationText(start - from)}</div>
      </td>
      <td class="number">
        {bytes === undefined ? '' : sizeText(bytes)}
        {size !== undefined && bytes !== undefined && bytes < size && (
          <div class="note">of {sizeText(size)}</div>
        )}
      </td>
    </tr>
  );
}
