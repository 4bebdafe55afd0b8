import ms from 'ms';
import prettyBytes from 'pretty-bytes';

/** A size as people write it: `52.1 MB`. */
export function sizeText(bytes: number): string {
  return prettyBytes(bytes);
}

/** The age of what was made at a time: `3 days old`. */
export function ageText(date: string, now: number): string {
  const age = now - Date.parse(date);
  // A clock that was set back makes things of the future.
  return age < 1000 ? 'new' : `${ms(age, { long: true })} old`;
}

/** Output of a command for programs. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}
