import ms from 'ms';
import prettyBytes from 'pretty-bytes';

/** Formats a size: `52.1 MB`. */
export function sizeText(bytes: number): string {
  return prettyBytes(bytes);
}

/** Formats the age of something created at `date`: `3 days old`. */
export function ageText(date: string, now: number): string {
  const age = now - Date.parse(date);
  // If the clock has been set back, the time may be in the future.
  return age < 1000 ? 'new' : `${ms(age, { long: true })} old`;
}

/** Formats the time since `date`: `3 minutes ago`. */
export function agoText(date: string, now: number): string {
  const age = now - Date.parse(date);
  return age < 1000 ? 'just now' : `${ms(age, { long: true })} ago`;
}
