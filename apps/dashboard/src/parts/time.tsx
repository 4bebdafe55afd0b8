import { type JSX } from 'preact';

import { agoText, clockText, exactText } from '../format.js';
import { now } from '../live/store.js';

/** Relative time, as in `5 min ago`, with the exact time in its tooltip. */
export function Ago({ at }: { readonly at: string }): JSX.Element {
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={exactText(time)}>
      {agoText(time, now.value)}
    </time>
  );
}

/** Time of day in the browser's time zone, with the exact time in its tooltip. */
export function Clock({ at }: { readonly at: string }): JSX.Element {
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={exactText(time)}>
      {clockText(time, now.value)}
    </time>
  );
}
