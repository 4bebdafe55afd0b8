import { type BootEvents } from '../log/events.js';
import { type Logger } from '../log/logger.js';
import { distinctFindings, type Finding, type Rule } from './finding.js';

/** Interval between checks, in milliseconds. */
const CHECK_EVERY_MS = 60 * 60_000;
/** Interval between checks while there are findings, so that fixed ones disappear soon. */
const RECHECK_EVERY_MS = 60_000;
/** Minimum interval between two log lines about the same rule, in milliseconds. */
const LOG_EVERY_MS = 24 * 60 * 60_000;

/** Options of {@link createSelfCheck}. */
export interface SelfCheckOptions {
  /** Checks the daemon and its host, and returns the findings. */
  readonly look: () => Promise<readonly Finding[]>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** Result of the last check. */
export interface SelfCheckResult {
  /** Time of the check, in milliseconds since 1970; undefined before the first one. */
  readonly checkedAt: number | undefined;
  readonly findings: readonly Finding[];
}

/** Local part of `pxeboot doctor` in a running daemon. */
export interface SelfCheck {
  readonly result: SelfCheckResult;
  /** Checks again, for example after a reload. Never rejects. */
  check(): Promise<void>;
  close(): void;
}

/**
 * Checks the daemon and its host soon, then every hour, or every minute while there are findings. Each rule is
 * logged when it first finds something, and at most once a day.
 */
export function createSelfCheck({ look, logger }: SelfCheckOptions): SelfCheck {
  const loggedAt = new Map<Rule, number>();
  /** Rules whose last log line reported a finding. */
  const open = new Set<Rule>();
  let result: SelfCheckResult = { checkedAt: undefined, findings: [] };
  let running: Promise<void> | undefined;
  let isClosed = false;
  let hasFailed = false;
  let timer = setTimeout(start, 0);
  timer.unref();

  function start(): void {
    void check();
  }

  function check(): Promise<void> {
    if (isClosed) {
      return Promise.resolve();
    }
    // A running check may have seen the state before a reload.
    const next = (running ?? Promise.resolve()).then(checkOnce);
    running = next;
    return next;
  }

  async function checkOnce(): Promise<void> {
    clearTimeout(timer);
    try {
      report(distinctFindings(await look()));
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) {
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn({ event: 'doctor.failed', reason }, `this host cannot be checked: ${reason}`);
      }
      hasFailed = true;
    }
    if (!isClosed) {
      const isGood = result.findings.length === 0 && !hasFailed;
      clearTimeout(timer);
      timer = setTimeout(start, isGood ? CHECK_EVERY_MS : RECHECK_EVERY_MS);
      timer.unref();
    }
  }

  function report(findings: readonly Finding[]): void {
    const checkedAt = Date.now();
    const before = result.findings;
    result = { checkedAt, findings };
    if (isClosed) {
      return;
    }
    for (const { rule, severity, what, why, fix } of findings) {
      const isKnown = before.some((one) => one.rule === rule);
      if (!isKnown && checkedAt - (loggedAt.get(rule) ?? -Infinity) >= LOG_EVERY_MS) {
        loggedAt.set(rule, checkedAt);
        open.add(rule);
        logger.warn({ event: 'doctor.finding', rule, severity }, `${what}. ${why} ${fix}`);
      }
    }
    for (const { rule, what } of before) {
      // The end of a finding that comes and goes is logged as often as its start.
      if (!findings.some((one) => one.rule === rule) && open.delete(rule)) {
        logger.info({ event: 'doctor.resolved', rule }, `resolved: ${what}`);
      }
    }
  }

  return {
    get result() {
      return result;
    },
    check,
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/**
 * Returns events that also trigger a check when the addresses of TFTP change, so that findings about them
 * disappear.
 */
export function checkOnNewAddresses(events: BootEvents, check: () => void): BootEvents {
  return {
    ...events,
    tftp(event, isProbe) {
      events.tftp(event, isProbe);
      if (event.type === 'listening' || event.type === 'stoppedListening') {
        check();
      }
    },
  };
}
