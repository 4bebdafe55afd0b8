import { useSignal } from '@preact/signals';
import { type JSX } from 'preact';

import { type Host, type Profile } from '../api/types.js';
import { bootText, hostSearchText, INSTALL_STATES, matchOf } from '../host-words.js';
import { offersChanges } from '../live/session.js';
import { hosts, profiles } from '../live/store.js';
import { CopyText } from '../parts/copy-text.js';
import { SearchField, wordsOf } from '../parts/search-field.js';
import { WindowList } from '../parts/window-list.js';
import { linkTo } from '../route.js';
import { HostForm } from './host/host-form.js';

/** Smallest useful profile, for `pxeboot.yaml`. The hash is that of the password "changeme". */
const EXAMPLE = `profiles:
  web:
    timezone: Europe/Berlin
    disk: { device: first, method: lvm }
    user:
      name: ada
      # "openssl passwd -6" makes the hash of a password
      passwordHash: $6$...
    packages: [openssh-server]`;

/** Page with the machines that have a name, a search, and the profiles that machines are installed from. */
export function Hosts(): JSX.Element {
  const text = useSignal('');
  const isAdding = useSignal(false);
  const words = wordsOf(text);
  const found = hosts.value?.filter((host) => {
    const searched = hostSearchText(host);
    return words.every((word) => searched.includes(word));
  });
  return (
    <>
      <h1>Hosts</h1>
      <p class="note">
        A host is a machine with a name and settings of its own, such as an unattended installation.
        All other machines follow unknown in pxeboot.yaml, and get the menu by default.
      </p>
      <div class="filters" role="search">
        <SearchField text={text} placeholder="name, address, profile, state" />
        {offersChanges.value && (
          <button
            type="button"
            onClick={() => {
              isAdding.value = true;
            }}
          >
            Add a host …
          </button>
        )}
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
            label="Hosts"
            keyOf={({ name }) => name}
            renderRow={(host) => <HostRow host={host} />}
          />
        </>
      )}
      <Profiles list={profiles.value} />
      {isAdding.value && (
        <HostForm
          onClose={() => {
            isAdding.value = false;
          }}
        />
      )}
    </>
  );
}

function HostRow({ host }: { readonly host: Host }): JSX.Element {
  const { name, boot, profile, source, install } = host;
  const [state = ''] = install === undefined ? [] : INSTALL_STATES[install.state].split(':');
  return (
    <a class="row host-row" href={linkTo('hosts', name)}>
      <span class="row-name">{name}</span>
      <span class="row-match">{matchOf(host).value}</span>
      <span class="row-state">{state}</span>
      <span class="row-sentence">
        boots {bootText(boot)}
        {profile === undefined ? '' : `, profile ${profile}`}
        {source === 'file' ? ', from pxeboot.yaml' : ''}
      </span>
    </a>
  );
}

function Profiles({ list }: { readonly list: readonly Profile[] | undefined }): JSX.Element {
  return (
    <section class="below" aria-labelledby="profiles-title">
      <h2 id="profiles-title">Profiles</h2>
      {list?.length === 0 ? (
        <>
          <p>
            An unattended installation takes its answers from a profile, and there is none yet. Add
            one to pxeboot.yaml, which the daemon reads again within seconds:
          </p>
          <CopyText label="Profile for pxeboot.yaml" text={EXAMPLE} />
        </>
      ) : (
        <ul class="images">
          {list?.map(({ name, variables, makesPassphrase, hosts: count }) => (
            <li key={name}>
              <strong>{name}</strong> {count === 1 ? '1 host' : `${count} hosts`}
              <div class="note">
                {[
                  variables.length === 0
                    ? undefined
                    : `needs the variables ${variables.join(', ')}`,
                  makesPassphrase
                    ? 'generates a passphrase for the disk of each installation, shown once'
                    : undefined,
                ]
                  .filter(Boolean)
                  .join('; ')}
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function countText(count: number, isFiltered: boolean): string {
  if (count === 0) {
    return isFiltered ? 'No host matches' : 'No host yet';
  }
  return count === 1 ? '1 host' : `${count} hosts`;
}
