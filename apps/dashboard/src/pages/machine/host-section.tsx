import { type JSX } from 'preact';
import { useState } from 'preact/hooks';

import { type Host, type Machine } from '../../api/types.js';
import { BY, change, offersChanges } from '../../live/session.js';
import { readHosts } from '../../live/store.js';
import { Dialog, DialogButtons } from '../../parts/dialog.js';
import { Problem } from '../../parts/problem.js';
import { Clock } from '../../parts/time.js';
import { useAction } from '../../parts/use-action.js';

type InstallState = NonNullable<Host['install']>['state'];

const STATES: Readonly<Record<InstallState, string>> = {
  armed: 'armed: its next boot erases and installs it',
  started: 'started: the installer is running',
  installed: 'installed',
  failed: 'failed',
  expired: 'expired: it did not boot in time',
  cancelled: 'cancelled',
};

/** Name of a machine, and its unattended installation. */
export function HostSection({
  machine,
  host,
}: {
  readonly machine: Machine;
  readonly host: Host | undefined;
}): JSX.Element {
  return (
    <section aria-labelledby="host-title">
      <h2 id="host-title">Unattended installation</h2>
      {host === undefined ? <Unnamed machine={machine} /> : <Named host={host} />}
    </section>
  );
}

/** State of the installation of a host, with the buttons to arm and cancel it. */
export function Named({ host }: { readonly host: Host }): JSX.Element {
  const { name, boot, profile, install } = host;
  const [isAsking, setAsking] = useState(false);
  const cancel = useAction(async () => {
    await change('POST', '/api/v1/hosts/{name}/cancel', { name }, BY);
    readHosts();
  });
  const isActive = install?.state === 'armed' || install?.state === 'started';
  return (
    <>
      <p>
        {name} boots {boot === 'menu' ? 'the menu' : boot}
        {profile === undefined ? '' : `; its profile is ${profile}`}.
      </p>
      {install === undefined ? (
        <p class="note">It has never been installed by this server.</p>
      ) : (
        <>
          <p role="status">
            <strong>{STATES[install.state]}</strong>
            {install.expiresAt !== undefined && (
              <>
                {' '}
                (until <Clock at={install.expiresAt} />)
              </>
            )}
          </p>
          <ol class="lines">
            {install.steps.map((step, index) => (
              <li key={index}>
                <Clock at={step.at} /> {step.state}, by {step.by}
                {step.note === undefined ? '' : `: ${step.note}`}
              </li>
            ))}
          </ol>
        </>
      )}
      {offersChanges.value && (
        <div class="buttons">
          {isActive ? (
            <button type="button" disabled={cancel.isBusy} onClick={cancel.run}>
              Cancel the installation
            </button>
          ) : (
            <button
              type="button"
              class="danger"
              onClick={() => {
                setAsking(true);
              }}
            >
              Install at next boot …
            </button>
          )}
        </div>
      )}
      <Problem text={cancel.problem} />
      {isAsking && (
        <InstallDialog
          host={host}
          onClose={() => {
            setAsking(false);
          }}
        />
      )}
    </>
  );
}

/** Dialog that arms an installation once somebody has typed the name of the host. */
function InstallDialog({
  host,
  onClose,
}: {
  readonly host: Host;
  readonly onClose: () => void;
}): JSX.Element {
  const { name } = host;
  const [typed, setTyped] = useState('');
  const [profile, setProfile] = useState(host.profile ?? '');
  const arm = useAction(async () => {
    const body = {
      ...BY,
      ...(profile.trim() === '' ? {} : { profile: profile.trim() }),
    };
    if ((await change('POST', '/api/v1/hosts/{name}/install', { name }, body)) !== undefined) {
      readHosts();
      onClose();
    }
  });
  return (
    <Dialog title={`Install ${name}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          arm.run();
        }}
      >
        <p>
          The next boot of {name} from the network within 24 hours <strong>erases its disk</strong>{' '}
          and installs it, without asking anybody.
        </p>
        <label class="field">
          Profile
          <input
            value={profile}
            required
            onInput={(event) => {
              setProfile(event.currentTarget.value);
            }}
          />
        </label>
        <label class="field">
          Type {name} to confirm
          <input
            value={typed}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
            }}
          />
        </label>
        <Problem text={arm.problem} />
        <DialogButtons
          action="Erase and install"
          isDangerous
          isBusy={arm.isBusy}
          isDisabled={typed !== name}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}

/** Form that gives a machine a name, without which nothing installs it. */
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
      ...(profile.trim() === '' ? {} : { profile: profile.trim() }),
    };
    await change('POST', '/api/v1/hosts', {}, body);
    readHosts();
  });
  return (
    <>
      <p class="note">This machine has no name. Only a machine with a name can be installed.</p>
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
          <label class="field">
            Profile (optional)
            <input
              value={profile}
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => {
                setProfile(event.currentTarget.value);
              }}
            />
          </label>
          <button type="submit" disabled={add.isBusy}>
            Name this machine
          </button>
        </form>
      )}
      <Problem text={add.problem} />
    </>
  );
}
