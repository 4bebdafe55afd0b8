import { type JSX } from 'preact';
import { useState } from 'preact/hooks';

import { type Host } from '../api/types.js';
import { isInstalling, MATCHES, matchOf } from '../host-words.js';
import { BY, change, offersChanges } from '../live/session.js';
import { findHost, hosts, machines } from '../live/store.js';
import { ConfirmName } from '../parts/confirm-name.js';
import { Fact } from '../parts/fact.js';
import { linkTo } from '../route.js';
import { HostForm } from './host/host-form.js';
import { Installation } from './host/installation.js';
import { InstallerLog } from './host/installer-log.js';
import { PreseedPreview } from './host/preseed-preview.js';

/** Page with everything about one host. */
export function HostPage({ name }: { readonly name: string }): JSX.Element {
  const host = hosts.value?.find((one) => one.name.toLowerCase() === name.toLowerCase());
  return (
    <>
      <p class="crumbs">
        <a href={linkTo('hosts')}>Hosts</a>
      </p>
      <h1>{host?.name ?? name}</h1>
      {host === undefined ? (
        <p class="note" role="status">
          {hosts.value === undefined ? 'Loading …' : 'There is no host with this name.'}
        </p>
      ) : (
        <>
          <Settings host={host} />
          <section aria-labelledby="installation-title">
            <h2 id="installation-title">Next boot</h2>
            <Installation host={host} />
          </section>
          <InstallerLog host={host} />
          <PreseedPreview host={host} />
        </>
      )}
    </>
  );
}

function Settings({ host }: { readonly host: Host }): JSX.Element {
  const { name, profile, suite, arch, kernelArgs, title, variables, source } = host;
  const [dialog, setDialog] = useState<'edit' | 'remove' | undefined>(undefined);
  const { kind, value } = matchOf(host);
  const machine = machines.value?.find((one) => findHost.value(one) === host);
  const close = (): void => {
    setDialog(undefined);
  };
  return (
    <section aria-labelledby="settings-title">
      <h2 id="settings-title">Settings</h2>
      <dl class="facts">
        <Fact name={MATCHES[kind].title}>{value}</Fact>
        <Fact name="Profile">{profile ?? 'none'}</Fact>
        {suite !== undefined && <Fact name="Debian release">{suite}</Fact>}
        {arch !== undefined && <Fact name="Architecture">{arch}</Fact>}
        {kernelArgs !== undefined && <Fact name="Kernel arguments">{kernelArgs}</Fact>}
        {title !== undefined && <Fact name="Menu title">{title}</Fact>}
        {variables !== undefined && <Fact name="Variables">{variables.join(', ')}</Fact>}
      </dl>
      <p>
        {machine === undefined ? (
          <span class="note">This machine has not booted here.</span>
        ) : (
          <a href={linkTo('machines', machine.id)}>Boots of this machine</a>
        )}
      </p>
      {source === 'file' ? (
        <p class="note">
          This host is in pxeboot.yaml, so it can be changed and removed only there. The daemon
          reads the file again within seconds.
        </p>
      ) : (
        offersChanges.value && (
          <div class="buttons">
            <button
              type="button"
              disabled={isInstalling(host)}
              onClick={() => {
                setDialog('edit');
              }}
            >
              Change …
            </button>
            <button
              type="button"
              class="danger"
              onClick={() => {
                setDialog('remove');
              }}
            >
              Remove …
            </button>
          </div>
        )
      )}
      {source === 'state' && isInstalling(host) && (
        <p class="note">The settings can be changed once the installation has ended.</p>
      )}
      {dialog === 'edit' && <HostForm host={host} onClose={close} />}
      {dialog === 'remove' && (
        <ConfirmName
          title={`Remove ${name}`}
          name={name}
          action="Remove"
          onConfirm={async () => {
            const parameters = { name, ...BY };
            if ((await change('DELETE', '/api/v1/hosts/{name}', parameters)) !== undefined) {
              location.hash = linkTo('hosts');
            }
          }}
          onClose={close}
        >
          <p>
            The machine gets the menu of unknown machines from now on. Its installation, if there is
            one, is cancelled.
          </p>
        </ConfirmName>
      )}
    </section>
  );
}
