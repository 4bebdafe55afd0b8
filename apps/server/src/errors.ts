import { type PortHolder } from './port-holder.js';

/** Problem in the configuration. */
export interface ConfigProblem {
  /** Key, as in `images[0].suite`; empty if the problem is not about a single known key. */
  readonly key: string;
  /** Origin of the value: `pxeboot.yaml:3`, an environment variable, a flag, `default`, or empty. */
  readonly source: string;
  readonly message: string;
}

/** Maximum number of problems in a {@link ConfigError}. */
export const MAX_PROBLEMS = 100;

/**
 * Thrown for an invalid configuration; lists its problems, each with its key and source: at most 100,
 * followed by one that says there are more.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'ERR_PXEBOOT_CONFIG';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    const listed =
      problems.length > MAX_PROBLEMS
        ? [
            ...problems.slice(0, MAX_PROBLEMS),
            { key: '', source: '', message: 'further problems are not listed' },
          ]
        : problems;
    super(
      listed
        .map(({ key, source, message }) => [source, key, message].filter(Boolean).join(': '))
        .join('\n'),
      options,
    );
    this.problems = listed;
  }
}

/** Thrown when a plane cannot listen on a configured address. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code = 'ERR_PXEBOOT_LISTEN';
  /** Hint, in the imperative. */
  readonly hint: string;

  /**
   * @param plane - name of the listener, as in `TFTP`
   * @param address - address of the listener, as in `0.0.0.0:69`
   * @param cause - system error
   */
  constructor(
    plane: string,
    address: string,
    cause: unknown,
    { hint, holder }: ListenErrorOptions = {},
  ) {
    const systemCode = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    const isHeld = holder !== undefined && systemCode === 'EADDRINUSE';
    const reason = isHeld
      ? `${holder.program} (process ${holder.pid}) uses this port (${systemCode})`
      : (REASONS[systemCode] ?? systemCode);
    super(`cannot listen for ${plane} on ${address}: ${reason}`, { cause });
    this.hint =
      hint ??
      (isHeld ? holderHint(holder, plane) : HINTS[systemCode]?.(plane)) ??
      'check the listen address in the configuration';
  }
}

/** Options of {@link ListenError}. */
export interface ListenErrorOptions {
  /**
   * Hint, in the imperative.
   * @default the usual one for the system error
   */
  readonly hint?: string;
  /** Program that uses the port, if it is known. */
  readonly holder?: PortHolder | undefined;
}

function holderHint({ program, pid }: PortHolder, plane: string): string {
  return program === 'pxeboot'
    ? `pxeboot is already running: use that one, or stop it first (kill ${pid})`
    : `stop ${program}, or set ${keyOf(plane)} to another port`;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied (EACCES)',
  EADDRINUSE: 'another program uses this port (EADDRINUSE)',
  EADDRNOTAVAIL: 'this host does not have that address (EADDRNOTAVAIL)',
};

const HINTS: Readonly<Record<string, (plane: string) => string>> = {
  EACCES: (plane) =>
    `ports below 1024 need root or CAP_NET_BIND_SERVICE; run as root, or give the node binary the capability (setcap cap_net_bind_service=+ep), or set ${keyOf(plane)} to a higher port`,
  EADDRINUSE: (plane) =>
    `stop the other program (find it with "ss -lnup" for UDP or "ss -lntp" for TCP), or set ${keyOf(plane)} to another port`,
  EADDRNOTAVAIL: (plane) => `correct ${keyOf(plane)} (see "ip address"), or leave it out`,
};

function keyOf(plane: string): string {
  return { TFTP: 'tftp.listen', 'boot HTTP': 'http.listen', admin: 'admin.listen' }[plane] ?? plane;
}
