const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Formats a number of bytes, in decimal units: `41.2 MB`. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}

/** Formats a duration in milliseconds: `0.4 s`, `3 min 20 s`, `2 h 5 min`, `3 days`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) {
    return joined(`${minutes} min`, whole % 60, 's');
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 48) {
    return joined(`${hours} h`, minutes % 60, 'min');
  }
  return `${Math.round(hours / 24)} days`;
}

function joined(first: string, rest: number, unit: string): string {
  return rest === 0 ? first : `${first} ${rest} ${unit}`;
}

/** Returns how long ago a time was: `just now`, `5 min ago`, `in 3 h`. */
export function agoText(time: number, now: number): string {
  const distance = Math.abs(now - time);
  if (distance < 10_000) {
    return 'just now';
  }
  const rough = roughText(distance);
  return time > now ? `in ${rough}` : `${rough} ago`;
}

function roughText(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1) {
    return `${Math.floor(ms / 1000)} s`;
  }
  if (minutes < 60) {
    return `${Math.floor(minutes)} min`;
  }
  const hours = minutes / 60;
  return hours < 48 ? `${Math.floor(hours)} h` : `${Math.floor(hours / 24)} days`;
}

/** Returns a time in the browser's time zone, to the second and with the zone, for tooltips. */
export function exactText(time: number): string {
  return new Date(time).toLocaleString(undefined, {
    dateStyle: 'medium',
    timeStyle: 'long',
  });
}

/**
 * Returns the time of day if a time is on the same day as `now`, otherwise the date and the time.
 */
export function clockText(time: number, now: number): string {
  const date = new Date(time);
  const clock = date.toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return date.toDateString() === new Date(now).toDateString()
    ? clock
    : `${date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })} ${clock}`;
}
