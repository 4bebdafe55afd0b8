import { type JSX } from 'preact';
import { useState } from 'preact/hooks';

import { type Host, type Machine } from '../../api/types.js';
import { BY, change, offersChanges } from '../../live/session.js';
import { Problem } from '../../parts/problem.js';
import { ProfileField } from '../../parts/profile-field.js';
import { useAction } from '../../parts/use-action.js';
import { linkTo } from '../../route.js';
import { Installation } from '../host/installation.js';

/** Choice of what a machine boots next; for a machine without a name, the form to name it first. */
export function HostSection({
  machine,
  host,
}: {
  readonly machine: Machine;
  readonly host: Host | undefined;
}): JSX.Element {
  return (
    <section aria-labelledby="host-title">
      <h2 id="host-title">Next boot</h2>
      {host === undefined ? (
        <Unnamed machine={machine} />
      ) : (
        <>
          <Installation host={host} />
          <p>
            <a href={linkTo('hosts', host.name)}>Settings and preseed of {host.name}</a>
          </p>
        </>
      )}
    </section>
  );
}

/** Form for naming a machine. */
function Unnamed({ machine }: { readonly machine: Machine }): JSX.Element {
  const { mac, uuid, addresses } = machine;
  const [address] = addresses;
  const match = mac === undefined ? (uuid === undefined ? { ip: address } : { uuid }) : { mac };
  const [name, setName] = useState('');
  const [profile, setProfile] = useState('');
  const add = useAction(async () => {
    const body = {
      ...BY,
      name: name.trim(),
      match,
      ...(profile === '' ? {} : { profile }),
    };
    await change('POST', '/api/v1/hosts', {}, body);
  });
  return (
    <>
      <p class="note">
        This machine has no name, so unknown in pxeboot.yaml decides what it boots: by default the
        menu, from which Debian can be installed by hand. Once it has a name, it can also be
        installed from here, with the answers of a profile, or boot its disk at once.
      </p>
      {offersChanges.value && (
        <form
          class="filters"
          onSubmit={(event) => {
            event.preventDefault();
            add.run();
          }}
        >
          <label class="field">
            Name
            <input
              value={name}
              required
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => {
                setName(event.currentTarget.value);
              }}
            />
          </label>
          <ProfileField value={profile} onChange={setProfile} />
          <button type="submit" disabled={add.isBusy}>
            Name this machine
          </button>
        </form>
      )}
      <Problem text={add.problem} />
    </>
  );
}
