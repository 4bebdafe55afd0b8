import { useSignal } from '@preact/signals';
import { type JSX } from 'preact';

import { type Machine } from '../api/types.js';
import { firmwareText, machineSearchText } from '../boot-words.js';
import { findHost, machines } from '../live/store.js';
import { OutcomeBadge, StepBar } from '../parts/outcome.js';
import { SearchField, wordsOf } from '../parts/search-field.js';
import { Ago } from '../parts/time.js';
import { WindowList } from '../parts/window-list.js';
import { linkTo } from '../route.js';

/** Page with all machines that have booted, and a search. */
export function Machines(): JSX.Element {
  const text = useSignal('');
  const words = wordsOf(text);
  const found = machines.value?.filter((machine) => {
    const searched = machineSearchText(machine, findHost.value(machine)?.name);
    return words.every((word) => searched.includes(word));
  });
  return (
    <>
      <h1>Machines</h1>
      <div class="filters" role="search">
        <SearchField text={text} placeholder="name, MAC address, IP address, firmware" />
      </div>
      {found === undefined ? (
        <p class="note">Loading …</p>
      ) : (
        <>
          <p class="note" role="status">
            {countText(found.length, words.length > 0)}
          </p>
          <WindowList
            items={found}
            label="Machines"
            keyOf={({ id }) => id}
            renderRow={(machine) => <MachineRow machine={machine} />}
          />
        </>
      )}
    </>
  );
}

function MachineRow({ machine }: { readonly machine: Machine }): JSX.Element {
  const { id, addresses, boots, lastSeenAt, lastBoot } = machine;
  const name = findHost.value(machine)?.name;
  const [address = ''] = addresses;
  return (
    <a class="row" href={linkTo('machines', id)}>
      <span class="row-time">
        <Ago at={lastSeenAt} />
      </span>
      <span class="row-name">{name ?? id}</span>
      <span class="row-kind">{firmwareText(lastBoot)}</span>
      <span class="row-state">
        <StepBar boot={lastBoot} />
        <OutcomeBadge outcome={lastBoot.outcome} />
      </span>
      <span class="row-duration">{boots === 1 ? '1 boot' : `${boots} boots`}</span>
      <span class="row-sentence">
        {[name === undefined ? undefined : id, address === id ? undefined : address]
          .filter(Boolean)
          .map((text) => `${text} · `)}
        {lastBoot.sentence}
      </span>
    </a>
  );
}

function countText(count: number, isFiltered: boolean): string {
  if (count === 0) {
    return isFiltered ? 'No matching machines' : 'No machine has booted yet';
  }
  return count === 1 ? '1 machine' : `${count} machines`;
}
