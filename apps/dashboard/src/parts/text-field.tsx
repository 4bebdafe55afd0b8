import { type JSX } from 'preact';

/** Field for a short text such as a name or an address. */
export function TextField({
  label,
  value,
  onInput,
  ...input
}: {
  readonly label: string;
  readonly value: string;
  readonly onInput: (text: string) => void;
} & Pick<JSX.IntrinsicElements['input'], 'placeholder' | 'required'>): JSX.Element {
  return (
    <label class="field">
      {label}
      <input
        {...input}
        value={value}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        onInput={(event) => {
          onInput(event.currentTarget.value);
        }}
      />
    </label>
  );
}

/** Field with a list of words to choose from. */
export function SelectField({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  /** Values with their display names. */
  readonly options: readonly (readonly [value: string, title: string])[];
  readonly onChange: (value: string) => void;
}): JSX.Element {
  // A value that is no longer offered is still the one in force.
  const isOffered = options.some(([offered]) => offered === value);
  return (
    <label class="field">
      {label}
      <select
        value={value}
        onChange={(event) => {
          onChange(event.currentTarget.value);
        }}
      >
        {!isOffered && <option value={value}>{value}</option>}
        {options.map(([offered, title]) => (
          <option key={offered} value={offered}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}
