import { type JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { ApiError, read } from '../../api/client.js';
import { type Host, type HostLog } from '../../api/types.js';
import { connection, readError } from '../../live/store.js';
import { useReads } from '../../live/use-reads.js';
import { Clock } from '../../parts/time.js';

/** Interval between reads while the installer is running, in milliseconds. */
const POLL_MS = 3_000;
/** Syslog severity up to which a message is an error (RFC 5424). */
const ERROR = 3;

/** Last messages from a host's installer; nothing if the host was never installed. */
export function InstallerLog({
  host: { name, install },
}: {
  readonly host: Host;
}): JSX.Element | null {
  const [log, setLog] = useState<HostLog | undefined>(undefined);
  const [round, setRound] = useState(0);
  const isRunning = install?.state === 'started';
  useEffect(() => {
    if (!isRunning) {
      return undefined;
    }
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') {
        setRound((before) => before + 1);
      }
    }, POLL_MS);
    return () => {
      clearInterval(timer);
    };
  }, [isRunning]);
  const version = `${connection.value} ${install?.steps.length ?? 0} ${round}`;
  useReads(name, version, async (isCurrent) => {
    try {
      const answer = await read('/api/v1/hosts/{name}/log', { name });
      if (isCurrent()) {
        setLog(answer);
      }
    } catch (error) {
      if (!(error instanceof ApiError)) {
        throw error;
      }
      if (isCurrent() && error.status !== 0 && error.status !== 404) {
        readError.value = error.message;
      }
    }
  });
  if (install === undefined || log === undefined) {
    return null;
  }
  return (
    <section aria-labelledby="log-title">
      <h2 id="log-title">Log of the installer</h2>
      {log.entries.length === 0 ? (
        <p class="note">
          {isRunning
            ? 'No message has arrived yet.'
            : 'No messages. They are kept only in memory, and are lost when the daemon stops.'}
        </p>
      ) : (
        <LogLines log={log} />
      )}
    </section>
  );
}

function LogLines({ log: { entries, forgotten } }: { readonly log: HostLog }): JSX.Element {
  const box = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  // Follows the log, unless the user has scrolled back to read.
  useEffect(() => {
    const element = box.current;
    if (element !== null && isAtEnd.current) {
      element.scrollTop = element.scrollHeight;
    }
  }, [entries]);
  return (
    <>
      {forgotten > 0 && <p class="note">{forgotten} earlier messages are no longer kept.</p>}
      <ol
        class="log"
        tabIndex={0}
        aria-label="Installer messages"
        ref={box}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          isAtEnd.current = scrollTop + clientHeight >= scrollHeight - 4;
        }}
      >
        {entries.map(({ at, severity, program, text }, index) => (
          <li key={forgotten + index} class={severity <= ERROR ? 'bad' : ''}>
            <Clock at={at} /> <span class="log-program">{program}</span>{' '}
            {severity <= ERROR ? 'error: ' : ''}
            {text}
          </li>
        ))}
      </ol>
    </>
  );
}
