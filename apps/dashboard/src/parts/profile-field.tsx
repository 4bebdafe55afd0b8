import { type JSX } from 'preact';

import { profiles } from '../live/store.js';
import { SelectField } from './text-field.js';

/** Field for the profile that a host is installed from; a sentence if there are none. */
export function ProfileField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (profile: string) => void;
}): JSX.Element {
  if (profiles.value?.length === 0) {
    return (
      <p class="note">
        There is no profile to install from yet: add one to pxeboot.yaml, as shown on the Hosts
        page.
      </p>
    );
  }
  const names = profiles.value?.map(({ name }) => [name, name] as const) ?? [];
  return (
    <SelectField
      label="Profile"
      value={value}
      options={[['', 'none'], ...names]}
      onChange={onChange}
    />
  );
}
