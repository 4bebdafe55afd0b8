import { type JSX } from 'preact';
import { useState } from 'preact/hooks';

import { type Host } from '../../api/types.js';
import { isMatchKind, MATCHES, type MatchKind, matchOf, variablesIn } from '../../host-words.js';
import { BY, change } from '../../live/session.js';
import { images, profiles } from '../../live/store.js';
import { Dialog, DialogButtons } from '../../parts/dialog.js';
import { Problem } from '../../parts/problem.js';
import { ProfileField } from '../../parts/profile-field.js';
import { SelectField, TextField } from '../../parts/text-field.js';
import { useAction } from '../../parts/use-action.js';

/** Settings of a host as typed; an empty text means unset. */
interface Typed {
  readonly name: string;
  readonly kind: MatchKind;
  readonly match: string;
  readonly boot: string;
  readonly profile: string;
  readonly suite: string;
  readonly arch: string;
  readonly kernelArgs: string;
  readonly title: string;
  /** New variables, one per line. */
  readonly variables: string;
}

/** Dialog that adds a host, or changes one that was added before. */
export function HostForm({
  host,
  onClose,
}: {
  /** Host to change; undefined adds one. */
  readonly host?: Host;
  readonly onClose: () => void;
}): JSX.Element {
  const [typed, setTyped] = useState<Typed>(() => typedOf(host));
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [removed, setRemoved] = useState<readonly string[]>([]);
  const put = (part: Partial<Typed>): void => {
    setTyped((before) => ({ ...before, ...part }));
  };
  const known = host?.variables ?? [];
  const needed = profiles.value?.find(({ name }) => name === typed.profile)?.variables ?? [];
  const fields = [...new Set([...known, ...needed])].filter((name) => !removed.includes(name));
  const variables = {
    ...Object.fromEntries(
      Object.entries(values).filter(([name, value]) => value !== '' && fields.includes(name)),
    ),
    ...variablesIn(typed.variables),
    ...Object.fromEntries(removed.map((name) => [name, null])),
  };
  const save = useAction(async () => {
    const { name, kind, match, boot, profile, suite, arch, kernelArgs, title } = typed;
    const settings = {
      ...BY,
      match: { [kind]: match.trim() },
      boot,
      ...given({ profile, suite, arch, kernelArgs, title }, host === undefined ? undefined : null),
      ...(Object.keys(variables).length === 0 ? {} : { variables }),
    };
    const answer = await (host === undefined
      ? change('POST', '/api/v1/hosts', {}, { ...settings, name: name.trim() })
      : change('PATCH', '/api/v1/hosts/{name}', { name: host.name }, settings));
    if (answer !== undefined) {
      onClose();
    }
  });
  const { kind } = typed;
  return (
    <Dialog title={host === undefined ? 'Add a host' : `Change ${host.name}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.run();
        }}
      >
        {host === undefined && (
          <TextField
            label="Name"
            required
            placeholder="web1"
            value={typed.name}
            onInput={(name) => {
              put({ name });
            }}
          />
        )}
        <SelectField
          label="Recognised by"
          value={kind}
          options={Object.entries(MATCHES).map(([one, { title }]) => [one, title] as const)}
          onChange={(chosen) => {
            if (isMatchKind(chosen)) {
              put({ kind: chosen });
            }
          }}
        />
        <TextField
          label={MATCHES[kind].title}
          required
          placeholder={MATCHES[kind].example}
          value={typed.match}
          onInput={(match) => {
            put({ match });
          }}
        />
        <SelectField
          label="Boots"
          value={typed.boot}
          options={[
            ['menu', 'the menu'],
            ['local', 'its local disk'],
            ...(images.value?.images ?? []).map(
              ({ suite, arch, variant, title }) =>
                [
                  `${suite}-${arch}-${variant}`,
                  `the installer: ${title} ${arch} ${variant}`,
                ] as const,
            ),
          ]}
          onChange={(boot) => {
            put({ boot });
          }}
        />
        <ProfileField
          value={typed.profile}
          onChange={(profile) => {
            put({ profile });
          }}
        />
        {fields.map((name) => (
          <div key={name} class="variable">
            <TextField
              label={`Variable ${name}`}
              required={!known.includes(name)}
              value={values[name] ?? ''}
              {...(known.includes(name) && { placeholder: 'unchanged' })}
              onInput={(value) => {
                setValues((before) => ({ ...before, [name]: value }));
              }}
            />
            {known.includes(name) && (
              <button
                type="button"
                onClick={() => {
                  setRemoved((before) => [...before, name]);
                }}
              >
                Remove {name}
              </button>
            )}
          </div>
        ))}
        <details>
          <summary>More settings</summary>
          <Choice
            label="Debian release"
            all="all that are served"
            value={typed.suite}
            values={images.value?.images.map(({ suite }) => suite) ?? []}
            onChange={(suite) => {
              put({ suite });
            }}
          />
          <Choice
            label="Architecture"
            all="all that its firmware can start"
            value={typed.arch}
            values={images.value?.images.map(({ arch }) => arch) ?? []}
            onChange={(arch) => {
              put({ arch });
            }}
          />
          <TextField
            label="Kernel arguments"
            value={typed.kernelArgs}
            onInput={(kernelArgs) => {
              put({ kernelArgs });
            }}
          />
          <TextField
            label="Menu title"
            value={typed.title}
            onInput={(title) => {
              put({ title });
            }}
          />
          <label class="field">
            More variables, one name=value on each line
            <textarea
              rows={3}
              spellcheck={false}
              value={typed.variables}
              onInput={(event) => {
                put({ variables: event.currentTarget.value });
              }}
            />
          </label>
        </details>
        <Problem text={save.problem} />
        <DialogButtons
          action={host === undefined ? 'Add' : 'Save'}
          isBusy={save.isBusy}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}

function Choice({
  label,
  all,
  value,
  values,
  onChange,
}: {
  readonly label: string;
  /** Label of the option that leaves the setting unset. */
  readonly all: string;
  readonly value: string;
  readonly values: readonly string[];
  readonly onChange: (value: string) => void;
}): JSX.Element {
  const options = [...new Set(values)].map((one) => [one, one] as const);
  return (
    <SelectField
      label={label}
      value={value}
      options={[['', all], ...options]}
      onChange={onChange}
    />
  );
}

function typedOf(host: Host | undefined): Typed {
  const {
    boot = 'menu',
    profile = '',
    suite = '',
    arch = '',
    kernelArgs = '',
    title = '',
  } = host ?? {};
  const { kind = 'mac', value = '' } = host === undefined ? {} : matchOf(host);
  return {
    ...{ name: host?.name ?? '', kind, match: value, boot, profile },
    ...{ suite, arch, kernelArgs, title, variables: '' },
  };
}

/**
 * Returns the trimmed texts. Empty ones become null, or are left out.
 *
 * @param unset - value for an empty text: null clears the host's setting; undefined leaves it out
 */
function given(
  texts: Readonly<Record<string, string>>,
  unset: null | undefined,
): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) => {
      const value = text.trim() === '' ? unset : text.trim();
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
