import { oncePerMinute } from '../access/minute-log.js';
import { counted } from '../log/counted.js';
import { type Logger } from '../log/logger.js';
import { type RecorderEvents } from './boot-recorder.js';
import { type StateFailure, stateFailure } from './failure.js';

/** Events that log the state of the database. */
export interface StateLines extends Pick<RecorderEvents, 'failed' | 'recovered' | 'movedAside'> {
  /** Logs that stored boots cannot be shown, at most once a minute for each reason. */
  readonly unreadable: (error: unknown) => void;
  /** Logs that other programs send too much on the channel of the boots, at most once a minute. */
  readonly flooded: () => void;
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
 * Returns events that log the state of the database: one line at the start of an outage, and one at its end.
 */
export function stateLines(logger: Logger): StateLines {
  // Anyone on this host may request lists, which could fill the log.
  const reportUnreadable = oncePerMinute((reason, text: string) => {
    logger.warn({ event: 'state.unreadable', reason }, text);
  });
  const reportFlood = oncePerMinute(() => {
    logger.warn(
      { event: 'state.flooded' },
      'boots of other daemons may be missing: programs on the database of state.url send too much on the channel pxeboot_boots; let only pxeboot connect to this database',
    );
  });
  return {
    flooded() {
      reportFlood('');
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
