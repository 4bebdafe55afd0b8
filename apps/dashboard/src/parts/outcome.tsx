import { type JSX } from 'preact';

import { type BootSummary } from '../api/types.js';
import { BOOT_STEPS, type Outcome, OUTCOMES, stepsReached } from '../boot-words.js';

/** Shape before the name of an outcome, so that its colour is not the only difference. */
const MARKS: Readonly<Record<Outcome, string>> = {
  booting: '◌',
  installer: '✓',
  local: '⏏',
  menu: '☰',
  failed: '✕',
};

/** Name of an outcome, with its mark. */
export function OutcomeBadge({ outcome }: { readonly outcome: Outcome }): JSX.Element {
  return (
    <span class={`badge ${outcome}`}>
      <span aria-hidden="true">{MARKS[outcome]}</span> {OUTCOMES[outcome]}
    </span>
  );
}

/** Small bar with one field for each step of a boot, filled up to the last step reached. */
export function StepBar({ boot }: { readonly boot: BootSummary }): JSX.Element {
  const reached = stepsReached(boot);
  const names = BOOT_STEPS;
  const last = names[reached - 1];
  const label = last === undefined ? 'no step reached' : `reached: ${last.toLowerCase()}`;
  return (
    <span class={`steps ${boot.outcome}`} role="img" aria-label={label} title={label}>
      {names.map((name, index) => (
        <span key={name} class={index < reached ? 'done' : ''} />
      ))}
    </span>
  );
}
