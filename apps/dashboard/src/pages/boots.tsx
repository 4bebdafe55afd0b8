import { useSignal } from '@preact/signals';
import { type JSX } from 'preact';

import { idsOf, type Outcome, OUTCOMES, searchText } from '../boot-words.js';
import { areBootsIncomplete, boots, findHost, nextBoots, readMoreBoots } from '../live/store.js';
import { BootRow } from '../parts/boot-row.js';
import { SearchField, wordsOf } from '../parts/search-field.js';
import { WindowList } from '../parts/window-list.js';

/** Page with all boots, newest first, and a search. */
export function Boots(): JSX.Element {
  const text = useSignal('');
  const outcome = useSignal<Outcome | ''>('');
  const words = wordsOf(text);
  const found = boots.value?.filter(
    (boot) =>
      (outcome.value === '' || boot.outcome === outcome.value) &&
      words.every((word) => searchText(boot, findHost.value(idsOf(boot))?.name).includes(word)),
  );
  const isFiltered = words.length > 0 || outcome.value !== '';
  return (
    <>
      <h1>Boots</h1>
      <div class="filters" role="search">
        <SearchField text={text} placeholder="name, MAC address, IP address, firmware, text" />
        <label class="field">
          Outcome
          <select
            value={outcome.value}
            onChange={(event) => {
              const chosen = event.currentTarget.value;
              outcome.value = isOutcome(chosen) ? chosen : '';
            }}
          >
            <option value="">all</option>
            {Object.entries(OUTCOMES).map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </div>
      {found === undefined ? (
        <p class="note">Loading …</p>
      ) : (
        <>
          {areBootsIncomplete.value && (
            <p class="problem" role="alert">
              The database cannot be read now, so older boots are missing. The log of the daemon
              says why.
            </p>
          )}
          <p class="note" role="status">
            {countText(found.length, isFiltered)}
            {nextBoots.value === undefined ? '' : ' so far'}
          </p>
          <WindowList
            items={found}
            label="Boots"
            keyOf={({ id }) => id}
            renderRow={(boot) => <BootRow boot={boot} />}
            next={nextBoots.value}
            onEnd={loadMore}
          />
        </>
      )}
      {nextBoots.value !== undefined && (
        <button type="button" onClick={loadMore}>
          Show older boots
        </button>
      )}
    </>
  );
}

function loadMore(): void {
  void readMoreBoots();
}

function countText(count: number, isFiltered: boolean): string {
  if (count === 0) {
    return isFiltered ? 'No matching boots' : 'No machine has booted yet';
  }
  return count === 1 ? '1 boot' : `${count} boots`;
}

function isOutcome(text: string): text is Outcome {
  return Object.hasOwn(OUTCOMES, text);
}
