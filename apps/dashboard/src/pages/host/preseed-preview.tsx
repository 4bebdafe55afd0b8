import { type JSX } from 'preact';
import { useState } from 'preact/hooks';

import { type Host, type HostPreseed } from '../../api/types.js';
import { offersChanges, readPrivate } from '../../live/session.js';
import { Problem } from '../../parts/problem.js';
import { useAction } from '../../parts/use-action.js';

type Finding = HostPreseed['findings'][number];

const MARKS: Readonly<Record<Finding['severity'], string>> = {
  error: '✕',
  warning: '▲',
  note: 'ⓘ',
};

/** Preseed of a host with the findings next to its lines, loaded once the user asks for it. */
export function PreseedPreview({ host }: { readonly host: Host }): JSX.Element | null {
  const { name, profile } = host;
  const [preseed, setPreseed] = useState<HostPreseed | undefined>(undefined);
  const show = useAction(async () => {
    setPreseed(await readPrivate('/api/v1/hosts/{name}/preseed', { name }));
  });
  if (!offersChanges.value) {
    return null;
  }
  return (
    <section aria-labelledby="preseed-title">
      <h2 id="preseed-title">Preseed</h2>
      {profile === undefined ? (
        <p class="note">
          The answers for its installer come from a profile, and this host has none.
        </p>
      ) : (
        <>
          <p class="note">
            The answers that its installer gets, from the profile {profile}. Passwords are hidden;
            commands are not, so this needs the full token.
          </p>
          <button type="button" disabled={show.isBusy} onClick={show.run}>
            {preseed === undefined ? 'Show the preseed' : 'Read it again'}
          </button>
        </>
      )}
      <Problem text={show.problem} />
      {preseed !== undefined && <Lines preseed={preseed} />}
    </section>
  );
}

function Lines({ preseed: { text, findings } }: { readonly preseed: HostPreseed }): JSX.Element {
  const general = findings.filter(({ line }) => line === undefined);
  return (
    <>
      <p role="status">{countText(findings)}</p>
      {general.map((finding, index) => (
        <FindingText key={index} finding={finding} />
      ))}
      <table class="preseed">
        <caption class="hidden">Preseed with findings</caption>
        <thead class="hidden">
          <tr>
            <th scope="col">Line</th>
            <th scope="col">Text</th>
            <th scope="col">Findings</th>
          </tr>
        </thead>
        <tbody>
          {text
            .replace(/\n$/, '')
            .split('\n')
            .map((line, index) => (
              <tr key={index}>
                <th scope="row">{index + 1}</th>
                <td class="preseed-text">{line}</td>
                <td>
                  {findings
                    .filter((finding) => finding.line === index + 1)
                    .map((finding, place) => (
                      <FindingText key={place} finding={finding} />
                    ))}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </>
  );
}

function FindingText({ finding }: { readonly finding: Finding }): JSX.Element {
  const { severity, message, fix } = finding;
  return (
    <div class={`finding ${severity}`}>
      <span aria-hidden="true">{MARKS[severity]}</span> <strong>{severity}:</strong> {message}
      {fix === undefined ? '' : `; ${fix}`}
    </div>
  );
}

function countText(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity'], name: string): string => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return `${number} ${name}${number === 1 ? '' : 's'}`;
  };
  return `${count('error', 'error')}, ${count('warning', 'warning')}, ${count('note', 'note')}`;
}
