import { type JSX } from 'preact';
import { useId, useState } from 'preact/hooks';

import { read } from '../api/client.js';
import { type Menu } from '../api/types.js';
import { grubEntries, type GrubEntry } from '../grub-entries.js';
import { hosts, images, machines } from '../live/store.js';
import { useAnswer } from '../live/use-answer.js';
import { machineNamed, macNamed, MENU_PLATFORMS, platformOf } from '../menu-choice.js';
import { CopyText } from '../parts/copy-text.js';
import { Problem } from '../parts/problem.js';
import { linkTo } from '../route.js';
import { MenuScreen } from './menu/screen.js';

const MATCHES = {
  mac: 'its MAC address',
  uuid: 'its UUID',
  ip: 'its IP address',
  subnet: 'its subnet',
} as const;

const FILES: Readonly<Record<Menu['loader'], string>> = {
  pxelinux: 'PXELINUX configuration',
  grub: 'GRUB script',
  ipxe: 'iPXE script',
  'u-boot': 'U-Boot configuration',
};

/**
 * Page with the menu of any machine, as its boot loader shows it.
 *
 * @param machine - name of a host or a machine; any unknown machine if undefined
 */
export function MenuPage({ machine }: { readonly machine: string | undefined }): JSX.Element {
  const known =
    machine === undefined
      ? undefined
      : machineNamed(machine, machines.value ?? [], hosts.value ?? []);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const platform =
    MENU_PLATFORMS.find(({ title }) => title === chosen) ??
    (known === undefined ? MENU_PLATFORMS[0] : platformOf(known));
  const { loader, arch } = platform;
  const served = images.value?.served;
  const { answer, problem } = useAnswer(
    () => read('/api/v1/menu', { machine, loader, arch }),
    [machine, loader, arch, served],
  );
  return (
    <>
      <h1>Menu</h1>
      <section aria-labelledby="whose-title">
        <h2 id="whose-title">Whose menu</h2>
        <div class="filters">
          <MachineField key={machine} machine={machine} />
          <label class="field">
            Firmware
            <select
              value={platform.title}
              onChange={(event) => {
                setChosen(event.currentTarget.value);
              }}
            >
              {MENU_PLATFORMS.map(({ title }) => (
                <option key={title}>{title}</option>
              ))}
            </select>
          </label>
        </div>
        {answer !== undefined && <Plan machine={machine} menu={answer} />}
        <Problem text={problem} />
      </section>
      {answer === undefined ? (
        problem === undefined && <p class="note">Loading …</p>
      ) : (
        <ShownMenu
          menu={answer}
          mac={macNamed(machine ?? '', machines.value ?? [], hosts.value ?? [])}
        />
      )}
    </>
  );
}

/** Field for the name of a machine, which offers the known ones. */
function MachineField({ machine = '' }: { readonly machine: string | undefined }): JSX.Element {
  const listId = useId();
  const [text, setText] = useState(machine);
  const names = [
    ...(hosts.value ?? []).map(({ name }) => name),
    ...(machines.value ?? []).map(({ id }) => id),
  ];
  const show = (): void => {
    const name = text.trim();
    location.hash = linkTo('menu', name === '' ? undefined : name);
  };
  return (
    <form
      class="filters grow"
      onSubmit={(event) => {
        event.preventDefault();
        show();
      }}
    >
      <label class="field grow">
        Machine
        <input
          type="text"
          list={listId}
          maxLength={255}
          spellcheck={false}
          autocomplete="off"
          placeholder="any unknown machine"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
          }}
          onChange={show}
        />
      </label>
      <datalist id={listId}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <button type="submit">Show</button>
    </form>
  );
}

/** Sentence that says whose menu it is, and what starts automatically. */
function Plan({
  machine,
  menu,
}: {
  readonly machine: string | undefined;
  readonly menu: Menu;
}): JSX.Element {
  const { host, matchedBy, boot } = menu;
  const subject =
    host === undefined
      ? 'A machine that no host matches'
      : `${host}${matchedBy === undefined ? '' : `, recognised by ${MATCHES[matchedBy]},`}`;
  return (
    <>
      <p>
        {subject} {startText(boot)}
      </p>
      {boot === 'install' && (
        <p class="note">
          Viewing it here starts nothing: START and TOKEN replace the secrets that the machine would
          get.
        </p>
      )}
      {machine !== undefined && (
        <p class="note">
          <a href={linkTo('machines', machine)}>Boots of {machine}</a>
        </p>
      )}
    </>
  );
}

function startText(boot: string): string {
  switch (boot) {
    case 'menu':
      return 'gets this menu now.';
    case 'local':
      return 'boots its local disk at once, without a menu.';
    case 'install':
      return 'installs itself after three seconds, unless a key is pressed.';
    default:
      return `starts ${boot} after three seconds, unless a key is pressed.`;
  }
}

function ShownMenu({
  menu,
  mac,
}: {
  readonly menu: Menu;
  readonly mac: string | undefined;
}): JSX.Element {
  const { loader, text, findings } = menu;
  const hasScreen = loader === 'pxelinux' && /^UI /m.test(text);
  return (
    <div class="columns">
      {hasScreen && (
        <section aria-labelledby="screen-title">
          <h2 id="screen-title">Screen</h2>
          <MenuScreen key={`${mac ?? ''} ${text}`} text={text} mac={mac} />
        </section>
      )}
      {loader === 'grub' && (
        <section aria-labelledby="entries-title">
          <h2 id="entries-title">Entries</h2>
          <p class="note">
            GRUB shows these entries in this order. Open one to see what it starts.
          </p>
          <Entries entries={grubEntries(text)} />
        </section>
      )}
      <section aria-labelledby="text-title">
        <h2 id="text-title">File</h2>
        {findings.length > 0 && (
          <ul class="lines">
            {findings.map((finding) => (
              <li key={finding}>{finding}</li>
            ))}
          </ul>
        )}
        <CopyText label={FILES[loader]} text={text} />
      </section>
    </div>
  );
}

/** Entries of GRUB's menu, each of which can be opened. */
function Entries({ entries }: { readonly entries: readonly GrubEntry[] }): JSX.Element {
  return (
    <ol class="lines">
      {entries.map(({ title, commands, entries: nested }, index) => (
        <li key={`${index} ${title}`}>
          <details>
            <summary>{title}</summary>
            {nested.length > 0 ? (
              <Entries entries={nested} />
            ) : (
              commands.map((command, place) => (
                <div key={place} class="note path">
                  {command}
                </div>
              ))
            )}
          </details>
        </li>
      ))}
    </ol>
  );
}
