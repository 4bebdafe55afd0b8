/**
 * One unattended installation of one host, from the command to its end.
 *
 * - `armed`: the next boot of the machine starts the installer. Next: `started`, `expired` or `cancelled`.
 * - `started`: the machine has requested the kernel. Once it has the preseed, another boot installs only if
 *   any `retries` are left. Next: `installed`, `failed`, `cancelled`, or `started` again.
 * - `installed`: the installer reported that it has finished. Next: `cancelled`.
 * - `failed`: the installer was silent for half an hour, or did not request the preseed in that time. Next:
 *   `installed` (a late report), `started` if any `retries` are left, or `cancelled`.
 * - `expired`: the machine did not boot in time. Next: `cancelled`.
 * - `cancelled`: someone cancelled it, or cleared its result after it had ended. Final.
 *
 * The functions here are pure. To make a change, the caller replaces the stored record with the returned one,
 * provided that the stored one is still the one that was passed in. So each change is made only once, however
 * many daemons try.
 */
export type InstallState = 'armed' | 'started' | 'installed' | 'failed' | 'expired' | 'cancelled';

/** Change to an installation. */
export interface InstallStep {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly state: InstallState;
  /** Person, machine or part of the daemon that caused the change. */
  readonly by: string;
  readonly note?: string;
}

/** SSH host key of a machine. */
export interface HostKey {
  /** Type of the key, as in `ED25519`. */
  readonly type: string;
  /**
   * Fingerprint in the format that ssh prints, as in `SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU`.
   */
  readonly fingerprint: string;
}

/** Record of an installation. Times are in milliseconds since 1970. */
export interface Install {
  /** Random id, in hexadecimal. */
  readonly id: string;
  /** Name of the host. */
  readonly host: string;
  /** Name of the profile that the preseed is rendered from. */
  readonly profile: string;
  readonly state: InstallState;
  /** Time when the installation expires if the machine has not booted; absent if it never expires. */
  readonly expiresAt?: number;
  /** Number of times that the installation may restart automatically if it does not finish. */
  readonly retries: number;
  /** Key that signs the tokens of the installation, in hexadecimal. */
  readonly key: string;
  /**
   * Passphrase of the disk, generated for this installation; removed once the installation is `installed`,
   * `expired` or `cancelled`.
   */
  readonly passphrase?: string;
  /** Number of boots that have requested the kernel since the preseed was last requested. */
  readonly starts: number;
  /** Most recent boot that requested the kernel. */
  readonly boot?: string;
  /** Address that last requested the kernel; the installer may have a different address. */
  readonly bootAddress?: string;
  /** Time of the last sign of life. */
  readonly lastSeenAt?: number;
  /** First request for the preseed since the last boot. */
  readonly preseed?: {
    readonly at: number;
    readonly address: string;
    /**
     * SHA-256 of the token that fetched the preseed, in hexadecimal. The same token may fetch it again for
     * ten minutes.
     */
    readonly token: string;
  };
  /** SSH host keys of the installed system, as reported by the installer. */
  readonly hostKeys?: readonly HostKey[];
  readonly steps: readonly InstallStep[];
}

/** Event that may change an installation. */
export type InstallEvent =
  /** The machine requested the kernel; `boot` is the same for all requests from one menu. */
  | { readonly type: 'start'; readonly boot: string; readonly address: string }
  /** The machine requested its preseed; `token` is the SHA-256 of its token, in hexadecimal. */
  | { readonly type: 'preseed'; readonly token: string; readonly address: string }
  /** The installer fetched a script or sent a line of its log. */
  | { readonly type: 'seen'; readonly address: string }
  /** The installer reported that it has finished. */
  | { readonly type: 'done'; readonly address: string; readonly hostKeys?: readonly HostKey[] }
  | { readonly type: 'cancel'; readonly by: string; readonly note: string }
  /** Time has passed. */
  | { readonly type: 'tick' };

/** Result of an event. */
export type InstallChange =
  | { readonly ok: true; readonly install: Install }
  | { readonly ok: false; readonly reason: string };

/** Time after which an armed installation expires, in milliseconds. */
export const EXPIRES_AFTER_MS = 24 * 60 * 60 * 1000;
/** Silence after which a started installation counts as failed, in milliseconds. */
export const SILENCE_MS = 30 * 60 * 1000;
/**
 * Time within which the same machine may fetch its preseed again, in milliseconds. The installer retries
 * failed requests.
 */
const PRESEED_AGAIN_MS = 10 * 60 * 1000;
/** Minimum interval between recorded signs of life of an installer, in milliseconds. */
const SEEN_EVERY_MS = 1000;
/** Maximum number of boots that request the kernel but not the preseed. */
export const MAX_STARTS = 4;
const MAX_STEPS = 32;

/** Returns a new installation. */
export function armed(
  {
    id,
    host,
    profile,
    key,
    retries,
    passphrase,
  }: Pick<Install, 'id' | 'host' | 'profile' | 'key' | 'retries' | 'passphrase'>,
  by: string,
  now: number,
  expiresAt?: number,
): Install {
  return {
    id,
    host,
    profile,
    key,
    retries,
    ...(passphrase !== undefined && { passphrase }),
    state: 'armed',
    ...(expiresAt !== undefined && { expiresAt }),
    starts: 0,
    steps: [{ at: now, state: 'armed', by }],
  };
}

/**
 * Returns what the machine's next boot does: install, boot the local disk after an installation, show the
 * menu because an installation did not finish, or what the machine is configured to do.
 */
export function bootWith(install: Install, now: number): 'install' | 'local' | 'menu' | 'own' {
  const { state, preseed, retries, starts } = afterTime(install, now);
  switch (state) {
    case 'armed':
      return 'install';
    case 'started':
      if (preseed === undefined) {
        return starts < MAX_STARTS ? 'install' : 'menu';
      }
      return retries > 0 ? 'install' : 'menu';
    case 'installed':
      return 'local';
    case 'failed':
      return retries > 0 && preseed !== undefined ? 'install' : 'menu';
    case 'expired':
    case 'cancelled':
      return 'own';
  }
}

/** Returns true while a machine may start an installation, or is being installed. */
export function isActive({ state }: Install): boolean {
  return state === 'armed' || state === 'started';
}

/**
 * Returns the installation after an event, or the reason why the event is refused. If nothing changes, the
 * installation is the same object.
 */
export function afterEvent(before: Install, event: InstallEvent, now: number): InstallChange {
  const install = afterTime(before, now);
  switch (event.type) {
    case 'tick':
      return { ok: true, install };
    case 'cancel':
      if (install.state === 'cancelled') {
        return { ok: false, reason: 'already cancelled' };
      }
      return { ok: true, install: step(install, 'cancelled', event.by, now, event.note) };
    case 'start':
      return started(install, event, now);
    case 'preseed':
      return withPreseed(install, event, now);
    case 'seen':
    case 'done':
      return reported(install, event, now);
  }
}

function started(
  install: Install,
  { boot, address }: Extract<InstallEvent, { type: 'start' }>,
  now: number,
): InstallChange {
  if (install.boot === boot && install.state === 'started') {
    return { ok: true, install };
  }
  if (bootWith(install, now) !== 'install') {
    return { ok: false, reason: `the installation is ${install.state}, and does not start again` };
  }
  const isRetry = install.preseed !== undefined;
  const { preseed: _preseed, ...rest } = install;
  const next = {
    ...rest,
    boot,
    bootAddress: address,
    starts: isRetry ? 1 : install.starts + 1,
    retries: isRetry ? install.retries - 1 : install.retries,
    lastSeenAt: now,
  };
  const note = isRetry ? 'once more' : next.starts > 1 ? `boot ${next.starts}` : undefined;
  return { ok: true, install: step(next, 'started', address, now, note) };
}

function withPreseed(
  install: Install,
  { token, address }: Extract<InstallEvent, { type: 'preseed' }>,
  now: number,
): InstallChange {
  const { preseed, state } = install;
  if (state !== 'started') {
    return { ok: false, reason: `the installation is ${state}` };
  }
  if (preseed === undefined) {
    const next = { ...install, preseed: { at: now, address, token }, lastSeenAt: now };
    return { ok: true, install: step(next, 'started', address, now, 'preseed handed out') };
  }
  const isAgain =
    preseed.token === token && preseed.address === address && now - preseed.at < PRESEED_AGAIN_MS;
  return isAgain
    ? { ok: true, install }
    : { ok: false, reason: 'the preseed was already sent in answer to another request' };
}

function reported(
  install: Install,
  event: Extract<InstallEvent, { type: 'seen' | 'done' }>,
  now: number,
): InstallChange {
  const { address } = event;
  const { preseed, state } = install;
  if (preseed?.address !== address || (state !== 'started' && state !== 'failed')) {
    return { ok: false, reason: 'no such installation is in progress' };
  }
  if (event.type === 'done') {
    const { hostKeys = [] } = event;
    const ended = hostKeys.length === 0 ? install : { ...install, hostKeys };
    return { ok: true, install: step(ended, 'installed', address, now) };
  }
  const isRecorded = now - (install.lastSeenAt ?? -Infinity) < SEEN_EVERY_MS;
  return state === 'started' && !isRecorded
    ? { ok: true, install: { ...install, lastSeenAt: now } }
    : { ok: true, install };
}

/**
 * Returns an installation as it is now: expired or failed if too much time has passed since its last change.
 */
function afterTime(install: Install, now: number): Install {
  const { state, expiresAt = Infinity, lastSeenAt = 0, preseed } = install;
  if (state === 'armed' && now >= expiresAt) {
    return step(install, 'expired', 'pxeboot', now, 'the machine did not boot in time');
  }
  if (state === 'started' && now - lastSeenAt >= SILENCE_MS) {
    const note =
      preseed === undefined
        ? 'the preseed was not requested within 30 minutes'
        : 'the installer was silent for 30 minutes';
    return step(install, 'failed', 'pxeboot', now, note);
  }
  return install;
}

function step(
  install: Install,
  state: InstallState,
  by: string,
  at: number,
  note?: string,
): Install {
  const taken: InstallStep = { at, state, by, ...(note !== undefined && { note }) };
  const { passphrase, ...rest } = install;
  const isOver = state === 'installed' || state === 'expired' || state === 'cancelled';
  return {
    ...rest,
    ...(passphrase !== undefined && !isOver && { passphrase }),
    state,
    steps: [...install.steps, taken].slice(-MAX_STEPS),
  };
}
