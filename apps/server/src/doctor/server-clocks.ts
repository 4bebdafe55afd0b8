import { type Finding } from '../self-check/finding.js';

/** Clock of an HTTP server. */
export interface ServerClock {
  readonly host: string;
  readonly date: Date;
  /** Time of this host at which the clock was read. */
  readonly readAt: Date;
}

/** Difference between two clocks above which it is reported, in milliseconds. */
const TOLERANCE_MS = 5 * 60_000;

/** Returns the findings about servers whose clocks differ from that of this host. */
export function serverClockFindings(clocks: readonly ServerClock[]): readonly Finding[] {
  return clocks.flatMap(({ host, date, readAt }): readonly Finding[] => {
    const difference = date.getTime() - readAt.getTime();
    if (Math.abs(difference) <= TOLERANCE_MS) {
      return [];
    }
    return [
      {
        rule: 'clocks-differ',
        severity: 'warning',
        what: `the clock of ${host} is ${difference > 0 ? 'ahead of' : 'behind'} that of this host`,
        why: 'With a wrong clock, signatures and certificates appear to be expired or not yet valid.',
        fix: 'Set both clocks, for example with systemd-timesyncd or chrony.',
        evidence: [`${Math.round(Math.abs(difference) / 60_000)} minutes`],
      },
    ];
  });
}
