import { useSignal } from '@preact/signals';
import { type JSX } from 'preact';
import { useState } from 'preact/hooks';

import { ApiError, read } from '../api/client.js';
import { type ConfigKey } from '../api/types.js';
import { sentence } from '../live/session.js';
import { connection } from '../live/store.js';
import { useReads } from '../live/use-reads.js';
import { Problem } from '../parts/problem.js';
import { SearchField, wordsOf } from '../parts/search-field.js';

/** Page with the configuration in force: every key with its value, and the place where it was set. */
export function Settings(): JSX.Element {
  const [keys, setKeys] = useState<readonly ConfigKey[] | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const text = useSignal('');
  const isSetOnly = useSignal(false);
  useReads('config', connection.value, async (isCurrent) => {
    try {
      const answer = await read('/api/v1/config');
      if (isCurrent()) {
        setKeys(answer.keys);
        setProblem(undefined);
      }
    } catch (error) {
      if (!(error instanceof ApiError)) {
        throw error;
      }
      if (isCurrent() && error.status !== 0) {
        setProblem(sentence(error.message));
      }
    }
  });
  const words = wordsOf(text);
  const found = keys?.filter(
    (key) =>
      (!isSetOnly.value || key.source !== 'default') &&
      words.every((word) =>
        [key.key, key.description, key.source, valueText(key)]
          .join(' ')
          .toLowerCase()
          .includes(word),
      ),
  );
  return (
    <>
      <h1>Settings</h1>
      <p class="note">
        The configuration in force. It comes from flags, then variables (PXEBOOT_…), then
        pxeboot.yaml, then the defaults; the first that sets a key wins. Only these places can
        change it; the file is read again within seconds. Tokens, passwords and profiles are not
        shown.
      </p>
      <div class="filters" role="search">
        <SearchField text={text} placeholder="key, value, source, description" />
        <label class="check">
          <input
            type="checkbox"
            checked={isSetOnly.value}
            onChange={(event) => {
              isSetOnly.value = event.currentTarget.checked;
            }}
          />{' '}
          Without defaults
        </label>
      </div>
      <Problem text={problem} />
      {found === undefined ? (
        <p class="note">{problem === undefined ? 'Loading …' : ''}</p>
      ) : (
        <>
          <p class="note" role="status">
            {found.length === 1 ? '1 key' : `${found.length} keys`}
          </p>
          <table class="settings">
            <caption class="hidden">Configuration in force</caption>
            <thead>
              <tr>
                <th scope="col">Key</th>
                <th scope="col">Value</th>
                <th scope="col">Set in</th>
              </tr>
            </thead>
            <tbody>
              {found.map((key) => (
                <tr key={key.key} class={key.source === 'default' ? '' : 'set'}>
                  <th scope="row">
                    {key.key}
                    <div class="note">
                      {key.description}
                      {key.restart ? ' (a change needs a restart)' : ''}
                    </div>
                  </th>
                  <td class="setting-value">{valueText(key)}</td>
                  <td>{key.source}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </>
  );
}

/** Returns a value as it is written in the file. */
function valueText({ value, hidden }: ConfigKey): string {
  if (hidden === true) {
    return '(hidden)';
  }
  if (value === undefined) {
    return '(unset)';
  }
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 1);
}
