/** Message of the syslog protocol (RFC 3164). */
export interface SyslogMessage {
  /** Severity, from 0 (emergency) to 7 (debug). */
  readonly severity: number;
  /** Name of the program; empty if the message has none. */
  readonly program: string;
  /** Text of the program, which may have several lines and any characters. */
  readonly text: string;
}

const PRIORITY = /^<(\d{1,3})>/;
/** Priority of a message that has none: user, notice (RFC 3164, section 4.3.3). */
const DEFAULT_PRIORITY = 13;
const TIME = /^[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} /;
const PROGRAM = /^([^\s:[\]]{1,64})(?:\[\d{1,10}\])?: ?/;
const HOST = /^[\w.:-]{1,255} (?=[^\s:[\]]{1,64}(?:\[\d{1,10}\])?:)/;

/**
 * Reads the text of a datagram. Every datagram is a message: BusyBox's syslogd, which the installer uses,
 * forwards what programs send to it, without adding a host name. The time is ignored, since the clock of the
 * sender may be wrong.
 */
export function readSyslogMessage(datagram: string): SyslogMessage {
  const [header = '', priority] = PRIORITY.exec(datagram) ?? [];
  let text = datagram.slice(header.length).replace(TIME, '');
  if (!PROGRAM.test(text)) {
    text = text.replace(HOST, '');
  }
  const [start = '', program = ''] = PROGRAM.exec(text) ?? [];
  return {
    severity: (priority === undefined ? DEFAULT_PRIORITY : Number(priority)) % 8,
    program,
    text: withoutEnd(text.slice(start.length)),
  };
}

/** Returns a text without trailing line breaks and NULs. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && '\n\r\0'.includes(text.charAt(end - 1))) {
    end--;
  }
  return text.slice(0, end);
}
