import { type JSX } from 'preact';

import { isRolledBack } from '../live/store.js';
import { Ago } from './time.js';

/** Text that says whether an image was the newest one when it was last compared with the mirror. */
export function Freshness({ confirmedAt }: { readonly confirmedAt: string }): JSX.Element {
  return (
    <>
      {isRolledBack.value
        ? 'rolled back to an earlier generation; checked'
        : 'up to date when checked'}{' '}
      <Ago at={confirmedAt} />
    </>
  );
}
