import { type JSX } from 'preact';

import { type BootSummary } from '../api/types.js';
import { firmwareText, idsOf, machineOf } from '../boot-words.js';
import { durationText } from '../format.js';
import { findHost } from '../live/store.js';
import { linkTo } from '../route.js';
import { OutcomeBadge, StepBar } from './outcome.js';
import { Clock } from './time.js';

/** Row for one boot in a list, with a link to its machine. */
export function BootRow({ boot }: { readonly boot: BootSummary }): JSX.Element {
  const { outcome, startedAt, lastSeenAt, sentence } = boot;
  const id = machineOf(boot);
  const name = findHost.value(idsOf(boot))?.name;
  return (
    <a class="row" href={linkTo('machines', id)}>
      <span class="row-time">
        <Clock at={startedAt} />
      </span>
      <span class="row-name">{name ?? id}</span>
      <span class="row-kind">{firmwareText(boot)}</span>
      <span class="row-state">
        <StepBar boot={boot} />
        <OutcomeBadge outcome={outcome} />
      </span>
      <span class="row-duration">
        {durationText(Date.parse(lastSeenAt) - Date.parse(startedAt))}
      </span>
      <span class="row-sentence">
        {sentence}
        {name !== undefined && ` · ${id}`}
      </span>
    </a>
  );
}
