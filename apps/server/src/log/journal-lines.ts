import { readlinkSync } from 'node:fs';

/** Priorities of syslog(3), by the name of the log's level. */
const PRIORITIES: Readonly<Record<string, number>> = {
  fatal: 2,
  error: 3,
  warn: 4,
  info: 6,
  debug: 7,
  trace: 7,
};

/**
 * Returns true if a descriptor is the socket on which systemd connected this process to the journal.
 *
 * @param fd - descriptor of standard output or standard error
 * @param env - contains `JOURNAL_STREAM`, the device and the inode of that socket
 * @param descriptorTarget - returns the target of the descriptor's link in `/proc`
 * @see systemd.exec(5)
 */
export function isJournal(
  fd: number,
  { JOURNAL_STREAM: stream }: NodeJS.ProcessEnv,
  descriptorTarget = (link: string): string => readlinkSync(link),
): boolean {
  const [, inode] = /^\d+:(\d+)$/.exec(stream ?? '') ?? [];
  if (inode === undefined) {
    return false;
  }
  try {
    return descriptorTarget(`/proc/self/fd/${fd}`) === `socket:[${inode}]`;
  } catch {
    // Without /proc, there is no way to tell. Lines without a priority are readable, too.
    return false;
  }
}

/**
 * Returns a text with the priority of a level before each line, in the format of sd-daemon(3): the journal
 * stores each line as a separate entry.
 */
export function withPriority(text: string, level: string): string {
  return text.replaceAll(/^(?=.)/gm, `<${PRIORITIES[level] ?? PRIORITIES['info']}>`);
}
