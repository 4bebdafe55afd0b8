import { oncePerMinute } from '../access/minute-log.js';
import { counted } from '../log/counted.js';
import { type Logger } from '../log/logger.js';
import { type RecorderEvents } from './boot-recorder.js';
import { type StateFailure, stateFailure } from './failure.js';

/** Events that log the state of the database. */
export interface StateLines extends Pick<RecorderEvents, 'failed' | 'recovered' | 'movedAside'> {
  /** Logs that stored boots cannot be shown, at most once a minute for each reason. */
  readonly unreadable: (error: unknown) => void;
  /** Logs that other programs send too much on the channel for boots, at most once a minute. */
  readonly flooded: () => void;
  /** Logs that the time of messages on this channel differs from the clock of this host, at most once a minute. */
  readonly otherTime: () => void;
  /**
   * Logs that boots are not exchanged because the key cannot be read: only once until
   * {@link StateLines.shared} is called, and never for an unavailable database, which `failed` logs.
   */
  readonly unshared: (error: unknown) => void;
  /** Logs that the database does not close. */
  readonly hung: () => void;
  /** Called when boots are exchanged again after {@link StateLines.unshared}. */
  readonly shared: () => void;
}

/**
 * Returns one sentence about a failure of the database: its consequence for the boots, its cause and its fix.
 */
export function stateText({ reason, cause, fix }: StateFailure): string {
  const meaning =
    reason === 'other-daemon'
      ? 'boots are kept only in memory, and "pxeboot boots" does not show them'
      : 'boots are kept only in memory';
  return `${meaning}: ${cause}; ${fix}`;
}

/**
 * Returns listeners that log problems with the database: one line at the start of an outage, and one at its end.
 */
export function stateLines(logger: Logger): StateLines {
  // Anyone on this host can request lists of boots, and a line for each failure could fill the log.
  const reportUnreadable = oncePerMinute((reason, text: string) => {
    logger.warn({ event: 'state.unreadable', reason }, text);
  });
  const reportFlood = oncePerMinute(() => {
    logger.warn(
      { event: 'state.flooded' },
      'boots from other daemons may be missing: programs on the database of state.url send too much on the channel pxeboot_boots; let only pxeboot connect to this database',
    );
  });
  const reportOtherTime = oncePerMinute(() => {
    logger.warn(
      { event: 'state.other-time' },
      'updates about boots whose time is more than a minute from that of this host are ignored: the clocks differ, or a program on the database of state.url sends old updates again; synchronise the clocks',
    );
  });
  let isUnshared = false;
  return {
    flooded() {
      reportFlood('');
    },
    otherTime() {
      reportOtherTime('');
    },
    unshared(error) {
      const { reason, cause, fix } = stateFailure(error);
      if (isUnshared || reason === 'unreachable') {
        return;
      }
      isUnshared = true;
      logger.warn(
        { event: 'state.unshared', reason },
        `boots at several daemons may be incomplete: the key for the exchange with the others cannot be read: ${cause}; ${reason === 'unknown' ? 'delete the row, or check the table pxeboot_secrets' : fix}`,
      );
    },
    shared() {
      isUnshared = false;
    },
    hung() {
      logger.error(
        { event: 'state.hung' },
        'the boot history does not respond, and the process will end itself with SIGKILL; the newest boots may be lost: check the disk of the data directory',
      );
    },
    unreadable(error) {
      const { reason, cause, fix } = stateFailure(error);
      reportUnreadable(reason, `lists show only the boots in memory: ${cause}; ${fix}`);
    },
    failed(failure) {
      const level = failure.reason === 'other-daemon' ? 'info' : 'warn';
      logger[level]({ event: 'state.unavailable', reason: failure.reason }, stateText(failure));
    },
    recovered(lostBoots) {
      const lost = lostBoots === 0 ? '' : `; ${counted(lostBoots, 'boot')} lost`;
      logger.info({ event: 'state.recovered', lostBoots }, `boots are stored again${lost}`);
    },
    movedAside(movedTo) {
      logger.warn(
        { event: 'state.moved-aside', movedTo },
        `the boot history was damaged and starts empty: the old file is now ${movedTo}; delete it if you do not need it`,
      );
    },
  };
}
