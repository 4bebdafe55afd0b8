import { type JSX } from 'preact';
import { useState } from 'preact/hooks';

import { type ArmedHost, type Host } from '../../api/types.js';
import { bootText, INSTALL_STATES, isInstalling } from '../../host-words.js';
import { BY, change, offersChanges } from '../../live/session.js';
import { ConfirmName } from '../../parts/confirm-name.js';
import { CopyText } from '../../parts/copy-text.js';
import { Dialog } from '../../parts/dialog.js';
import { Problem } from '../../parts/problem.js';
import { ProfileField } from '../../parts/profile-field.js';
import { Clock } from '../../parts/time.js';
import { useAction } from '../../parts/use-action.js';

/** Choice of what a host boots, and the state of its installation, with the buttons to change both. */
export function Installation({ host }: { readonly host: Host }): JSX.Element {
  const { name, boot, profile, source, install } = host;
  const [dialog, setDialog] = useState<'install' | 'cancel' | undefined>(undefined);
  const [armed, setArmed] = useState<ArmedHost | undefined>(undefined);
  const cancel = useAction(async () => {
    await change('POST', '/api/v1/hosts/{name}/cancel', { name }, BY);
  });
  const close = (): void => {
    setDialog(undefined);
  };
  return (
    <>
      <p>
        {name} boots {bootText(boot)}
        {profile === undefined ? '' : `; its profile is ${profile}`}.
      </p>
      {install === undefined ? (
        <p class="note">It has never been installed by this server.</p>
      ) : (
        <>
          <p role="status">
            <strong>{INSTALL_STATES[install.state]}</strong>
            {install.expiresAt !== undefined && install.state === 'armed' && (
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
          {install.hostKeys?.map(({ type, fingerprint }) => (
            <p key={type} class="note">
              SSH host key {type} {fingerprint}
            </p>
          ))}
        </>
      )}
      {offersChanges.value && (
        <div class="buttons">
          {isInstalling(host) ? (
            <button
              type="button"
              disabled={cancel.isBusy}
              onClick={() => {
                // Only a machine that is being installed would be left without a system.
                if (install?.state === 'started') {
                  setDialog('cancel');
                } else {
                  cancel.run();
                }
              }}
            >
              Cancel the installation{install?.state === 'started' ? ' …' : ''}
            </button>
          ) : (
            <>
              <button
                type="button"
                class="danger"
                onClick={() => {
                  setDialog('install');
                }}
              >
                Install at next boot …
              </button>
              {(install?.state === 'installed' || install?.state === 'failed') && (
                <button type="button" disabled={cancel.isBusy} onClick={cancel.run}>
                  Forget the installation
                </button>
              )}
              {source === 'state' && (
                <>
                  <BootButton host={host} choice="menu" />
                  <BootButton host={host} choice="local" />
                </>
              )}
            </>
          )}
        </div>
      )}
      {offersChanges.value && source === 'file' && (
        <p class="note">
          {name} is in pxeboot.yaml: its boot key there decides whether it boots the menu or its
          disk.
        </p>
      )}
      <Problem text={cancel.problem} />
      {dialog === 'install' && (
        <InstallDialog
          host={host}
          onArmed={(answer) => {
            close();
            setArmed(answer);
          }}
          onClose={close}
        />
      )}
      {dialog === 'cancel' && (
        <ConfirmName
          title={`Cancel the installation of ${name}`}
          name={name}
          action="Cancel the installation"
          onConfirm={async () => {
            const answer = await change('POST', '/api/v1/hosts/{name}/cancel', { name }, BY);
            if (answer !== undefined) {
              close();
            }
          }}
          onClose={close}
        >
          <p>
            The installer is running on {name}, and will not stop on its own: switch the machine
            off. Its disk may already be erased.
          </p>
        </ConfirmName>
      )}
      {armed !== undefined && (
        <ArmedDialog
          armed={armed}
          onClose={() => {
            setArmed(undefined);
          }}
        />
      )}
    </>
  );
}

/** Button that sets what a host boots from now on. */
function BootButton({
  host: { name, boot },
  choice,
}: {
  readonly host: Host;
  readonly choice: 'menu' | 'local';
}): JSX.Element {
  const choose = useAction(async () => {
    await change('PATCH', '/api/v1/hosts/{name}', { name }, { ...BY, boot: choice });
  });
  return (
    <>
      <button
        type="button"
        aria-pressed={boot === choice}
        disabled={choose.isBusy || boot === choice}
        onClick={choose.run}
      >
        Boot {bootText(choice)}
      </button>
      <Problem text={choose.problem} />
    </>
  );
}

/** Dialog that arms an installation once the user has typed the name of the host. */
function InstallDialog({
  host,
  onArmed,
  onClose,
}: {
  readonly host: Host;
  readonly onArmed: (answer: ArmedHost) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { name } = host;
  const [profile, setProfile] = useState(host.profile ?? '');
  return (
    <ConfirmName
      title={`Install ${name}`}
      name={name}
      action="Erase and install"
      onConfirm={async () => {
        const body = { ...BY, ...(profile === '' ? {} : { profile }) };
        const answer = await change('POST', '/api/v1/hosts/{name}/install', { name }, body);
        if (answer !== undefined) {
          // The server checks its responses against the document that the types come from.
          onArmed(answer.answer as ArmedHost);
        }
      }}
      onClose={onClose}
    >
      <p>
        The next boot of {name} from the network within 24 hours <strong>erases its disk</strong>{' '}
        and installs it, without asking anyone.
      </p>
      <ProfileField value={profile} onChange={setProfile} />
    </ConfirmName>
  );
}

/** Codes of findings that say nothing about this installation, as in `pxeboot hosts install`. */
const UNREMARKABLE: ReadonlySet<string> = new Set(['plain-password', 'question-not-known-here']);

/**
 * Dialog with what is shown only once, right after an installation was armed; nothing if there is nothing to
 * show.
 */
function ArmedDialog({
  armed: { host, passphrase, findings },
  onClose,
}: {
  readonly armed: ArmedHost;
  readonly onClose: () => void;
}): JSX.Element | null {
  const remarks = findings.filter(
    ({ severity, code }) => severity !== 'note' && !UNREMARKABLE.has(code),
  );
  if (passphrase === undefined && remarks.length === 0) {
    return null;
  }
  return (
    <Dialog title={`${host.name} is armed`} onClose={onClose}>
      {passphrase !== undefined && (
        <>
          <p>
            This is the passphrase of its disk. <strong>It will not be shown again:</strong> save it
            now.
          </p>
          <CopyText label="Passphrase of the disk" text={passphrase} />
        </>
      )}
      {remarks.length > 0 && (
        <>
          <p>Notes on the preseed:</p>
          <ul class="lines">
            {remarks.map(({ message, fix, line }, index) => (
              <li key={index}>
                {line === undefined ? '' : `line ${line}: `}
                {message}
                {fix === undefined ? '' : `; ${fix}`}
              </li>
            ))}
          </ul>
        </>
      )}
      <div class="buttons">
        <button type="button" class="primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
