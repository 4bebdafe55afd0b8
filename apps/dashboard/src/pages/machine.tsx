import { type JSX } from 'preact';
import { useState } from 'preact/hooks';

import { ApiError, read } from '../api/client.js';
import { type Boot, type BootSummary, type Machine } from '../api/types.js';
import { firmwareText } from '../boot-words.js';
import { durationText } from '../format.js';
import { sentence as asSentence } from '../live/session.js';
import { connection, findHost, lastChange } from '../live/store.js';
import { useReads } from '../live/use-reads.js';
import { Fact } from '../parts/fact.js';
import { OutcomeBadge, StepBar } from '../parts/outcome.js';
import { Ago, Clock } from '../parts/time.js';
import { linkTo } from '../route.js';
import { InstallerLog } from './host/installer-log.js';
import { HostSection } from './machine/host-section.js';
import { Timeline } from './machine/timeline.js';

/** Maximum number of boots shown in the history of a machine. */
const HISTORY = 50;

/** Page with everything about one machine. */
export function MachinePage({ id }: { readonly id: string }): JSX.Element {
  const [machine, setMachine] = useState<Machine | undefined>(undefined);
  const [history, setHistory] = useState<readonly BootSummary[]>([]);
  const [boot, setBoot] = useState<Boot | undefined>(undefined);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const change = lastChange.value;
  const isOwnChange =
    change !== undefined &&
    (change.mac === id || change.uuid === id || change.address === id || change.id === boot?.id);
  // Changes with each event about this machine, and when the connection is back.
  const version = `${connection.value} ${isOwnChange ? JSON.stringify(change) : ''}`;

  useReads(`${id} ${chosen ?? ''}`, version, async (isCurrent) => {
    try {
      const known = await read('/api/v1/machines/{machine}', { machine: id });
      const page = await read('/api/v1/boots', { machine: id, limit: HISTORY });
      const wanted = page.boots.find((one) => one.id === chosen) ?? page.boots[0] ?? known.lastBoot;
      const detail = await read('/api/v1/boots/{id}', { id: wanted.id });
      if (isCurrent()) {
        setMachine(known);
        setHistory(page.boots);
        setBoot(detail);
        setProblem(undefined);
      }
    } catch (error) {
      if (!(error instanceof ApiError)) {
        throw error;
      }
      if (isCurrent() && error.status !== 0) {
        setProblem(error.status === 404 ? 'This machine has not booted here.' : error.message);
      }
    }
  });

  const host = machine && findHost.value(machine);
  return (
    <>
      <p class="crumbs">
        <a href={linkTo('machines')}>Machines</a>
      </p>
      <h1>{host?.name ?? id}</h1>
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {machine === undefined || boot === undefined ? (
        problem === undefined && <p class="note">Loading …</p>
      ) : (
        <>
          <Facts machine={machine} />
          <p>
            <a href={linkTo('menu', machine.id)}>Menu that this machine gets</a>
          </p>
          <section aria-labelledby="boot-title">
            <h2 id="boot-title">{boot.id === history[0]?.id ? 'Last boot' : 'Earlier boot'}</h2>
            <BootDetails boot={boot} />
          </section>
          <HostSection machine={machine} host={host} />
          {host !== undefined && <InstallerLog host={host} />}
          <History boots={history} shown={boot.id} onChoose={setChosen} />
        </>
      )}
    </>
  );
}

function Facts({ machine }: { readonly machine: Machine }): JSX.Element {
  const { mac, uuid, addresses, firstSeenAt, lastSeenAt, boots } = machine;
  return (
    <dl class="facts">
      {mac !== undefined && <Fact name="MAC address">{mac}</Fact>}
      {uuid !== undefined && <Fact name="UUID">{uuid}</Fact>}
      <Fact name={addresses.length === 1 ? 'Address' : 'Addresses'}>{addresses.join(', ')}</Fact>
      <Fact name="Firmware">{firmwareText(machine)}</Fact>
      <Fact name="Boots">{boots}</Fact>
      <Fact name="First seen">
        <Ago at={firstSeenAt} />
      </Fact>
      <Fact name="Last seen">
        <Ago at={lastSeenAt} />
      </Fact>
    </dl>
  );
}

function BootDetails({ boot }: { readonly boot: Boot }): JSX.Element {
  const { outcome, startedAt, lastSeenAt, sentence, diagnosis, refused, proven } = boot;
  return (
    <>
      <p>
        <OutcomeBadge outcome={outcome} /> <Clock at={startedAt} />,{' '}
        {durationText(Date.parse(lastSeenAt) - Date.parse(startedAt))}
      </p>
      {diagnosis === undefined ? (
        <p class="sentence">{asSentence(sentence)}</p>
      ) : (
        <div class={`diagnosis ${outcome}`}>
          <p class="sentence">{asSentence(diagnosis.cause)}</p>
          <p>{diagnosis.fix}</p>
          {diagnosis.fix.includes('pxeboot dhcp') && (
            <p>
              <a href={linkTo('overview')}>Lines for each DHCP server, on the overview</a>
            </p>
          )}
          <p class="note">Rule: {diagnosis.rule}</p>
          {diagnosis.evidence.length > 0 && (
            <details>
              <summary>Requests that show this</summary>
              <ul class="lines">
                {diagnosis.evidence.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            </details>
          )}
        </div>
      )}
      {!proven && (
        <p class="note">
          All requests of this boot may have been forged: no transfer was completed.
        </p>
      )}
      <Timeline boot={boot} />
      {refused.length > 0 && (
        <details>
          <summary>Files that were not served ({refused.length})</summary>
          <ul class="lines">
            {refused.map(({ transport, path, result, reason }, index) => (
              <li key={`${index} ${path}`}>
                {transport.toUpperCase()} {path}: {reason ?? result}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function History({
  boots,
  shown,
  onChoose,
}: {
  readonly boots: readonly BootSummary[];
  readonly shown: string;
  readonly onChoose: (id: string) => void;
}): JSX.Element {
  return (
    <section aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      <ul class="history">
        {boots.map((boot) => (
          <li key={boot.id}>
            <button
              type="button"
              aria-pressed={boot.id === shown}
              onClick={() => {
                onChoose(boot.id);
              }}
            >
              <Clock at={boot.startedAt} />
              <StepBar boot={boot} />
              <OutcomeBadge outcome={boot.outcome} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
