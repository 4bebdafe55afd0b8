import { type Signal } from '@preact/signals';
import { type JSX } from 'preact';

import { searchWords } from '../search-words.js';

/** Field for the text of a search. */
export function SearchField({
  text,
  placeholder,
}: {
  readonly text: Signal<string>;
  readonly placeholder: string;
}): JSX.Element {
  return (
    <label class="field grow">
      Search
      <input
        type="search"
        placeholder={placeholder}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
    </label>
  );
}

/** Returns the words of a search. */
export function wordsOf({ value }: Signal<string>): readonly string[] {
  return searchWords(value);
}
